"""Runs daily and works off the pages queue: markets become pages."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.pseo_generator.handle_job import handle_job
from functions.pseo_generator.press import Press
from functions.pseo_generator.run_tick import run_tick
from functions.pseo_generator.settings import Settings
from functions.pseo_generator.wiring import press_from
from functions.shared.consumer import consume
from functions.shared.jobs.model import JobType
from functions.shared.tick import tick_of


@cache
def _wired() -> tuple[Press, Settings]:
    settings = Settings.from_env(os.environ)
    return press_from(settings), settings


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work off a batch of jobs; for any other event, `{}` by hand included, plan every organisation's pages."""
    press, settings = _wired()
    handlers = {JobType.GENERATE_PAGE: partial(handle_job, press=press)}
    if "Records" in event:
        return consume(event, context, handlers=handlers, engine=press.engine)
    try:
        return run_tick(
            tick_of(event, context.aws_request_id, clock=press.engine.clock),
            press=press,
            handlers=handlers,
            pages_per_run=settings.pages_per_run,
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        )
    finally:
        press.engine.tally.publish()
