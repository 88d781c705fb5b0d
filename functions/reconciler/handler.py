"""Runs every minute: sends what a crash left unsent, recovers stalled jobs, wakes deferred ones, watches schedules."""

import os
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.reconciler.gauges import gauge_queues, gauge_sweep
from functions.reconciler.notices import send_notices
from functions.reconciler.settings import Settings
from functions.shared import aws
from functions.shared.jobs.aws import engine_from
from functions.shared.jobs.engine import Engine
from functions.shared.jobs.recover import reconcile
from functions.shared.log import log
from functions.shared.schedules.agenda import Agenda
from functions.shared.schedules.settings import agenda_from
from functions.shared.schedules.watch import watch_schedules

_TIME_TO_FINISH = timedelta(seconds=5)


@cache
def _wired() -> tuple[Engine, Agenda, Settings]:
    settings = Settings.from_env(os.environ)
    return engine_from(settings), agenda_from(settings), settings


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Answer how often each case was met, also when invoked by hand with `{}`."""
    engine, agenda, settings = _wired()
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis()) - _TIME_TO_FINISH
    horizon = timedelta(seconds=settings.reconcile_every_seconds)
    notices = send_notices(settings)
    try:
        sweep = reconcile(engine=engine, horizon=horizon, stop_at=engine.clock() + time_left)
        gauge_sweep(engine.tally, sweep)
        watched = watch_schedules(agenda=agenda, engine=engine)
        active = gauge_queues(engine.tally, queue_urls=settings.queue_urls, sqs=aws.sqs)
    finally:
        engine.tally.publish()
    counts = {found.value: count for found, count in (sweep.counts | watched).items()}
    log.info("reconciled", action="reconciled", notices=notices, counts=counts, active=active)
    return counts
