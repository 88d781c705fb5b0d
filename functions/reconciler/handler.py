"""Runs every minute: sends what a crash left unsent, recovers stalled jobs, wakes deferred ones."""

import os
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.reconciler.settings import Settings
from functions.shared.jobs.aws import engine_from
from functions.shared.jobs.engine import Engine
from functions.shared.jobs.recover import reconcile
from functions.shared.log import log


@cache
def _wired() -> tuple[Engine, timedelta]:
    settings = Settings.from_env(os.environ)
    return engine_from(settings), timedelta(seconds=settings.reconcile_every_seconds)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Answer how often each case was met, also when invoked by hand with `{}`."""
    engine, horizon = _wired()
    sweep = reconcile(engine=engine, horizon=horizon)
    counts = {found.value: count for found, count in sweep.counts.items()}
    log.info("reconciled", action="reconciled", counts=counts)
    return counts
