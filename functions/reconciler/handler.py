"""Runs every minute: sends what a crash left unsent, recovers stalled jobs, wakes deferred ones, watches schedules."""

import os
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.reconciler.gauges import count_queues, gauge_lanes, gauge_sweep, measure_lanes
from functions.reconciler.recover import reconcile
from functions.reconciler.send_due import send_due
from functions.reconciler.services import Services
from functions.reconciler.settings import Settings
from functions.reconciler.watch import watch_schedules
from functions.reconciler.wiring import services_from
from functions.shared.kernel.log import log

_TIME_TO_FINISH = timedelta(seconds=5)


@cache
def _services() -> Services:
    return services_from(Settings.from_env(os.environ))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Answer how often each case was met, also when invoked by hand with `{}`."""
    services = _services()
    engine = services.engine
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis()) - _TIME_TO_FINISH
    now, share = engine.clock(), time_left / 4
    stop_at = now + time_left
    try:
        # They have their turn before the jobs, of which any number may be due, and each a part of the time at most.
        notices = send_due(
            store=services.notifications, send=services.send_notice, clock=engine.clock, stop_at=now + share
        )
        watched = watch_schedules(agenda=services.agenda, engine=engine, stop_at=now + 2 * share)
        lanes = measure_lanes(services.queue_urls, services.sqs)
        gauge_lanes(engine.tally, lanes)
        count_queues(engine.tally, services.counted_queues, services.sqs, now=now)
        sweep = reconcile(engine=engine, horizon=services.horizon, stop_at=stop_at, waiting=lanes.waiting)
        gauge_sweep(engine.tally, sweep)
    finally:
        engine.tally.publish()
    counts = {found.value: count for found, count in (sweep.counts | watched).items()}
    log.info("reconciled", action="reconciled", notices=notices, counts=counts, active=lanes.totals)
    return counts
