"""Plans the counting of posts as it becomes due; works off the analytics queue: posts are counted and learned from."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.analytics.plan_syncs import plan_all_syncs, plan_syncs
from functions.analytics.services import Services
from functions.analytics.settings import Settings
from functions.analytics.tell_failure import sync_or_tell
from functions.analytics.wiring import services_from
from functions.shared.domain.due.plan_due import Limits
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.tick import count_tick, tick_of


@cache
def _services() -> Services:
    return services_from(Settings.from_env(os.environ))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work off a batch of jobs; for any other event plan them: by hand, with `{}`, for all posts, due or not."""
    services = _services()
    if "Records" in event:
        handlers: Handlers = {JobType.SYNC_ANALYTICS: partial(sync_or_tell, services=services)}
        return consume(event, context, handlers=handlers, engine=services.engine)
    limits = Limits(lambda: context.get_remaining_time_in_millis() / 1000)
    count_tick(event, "analytics", services.engine.tally)
    try:
        if "scheduled_time" in event:
            return plan_syncs(limits=limits, services=services)
        tick = tick_of(event, context.aws_request_id, clock=services.engine.clock)
        return plan_all_syncs(tick, limits=limits, services=services)
    finally:
        services.engine.tally.publish()
