"""Two Lambdas for a bench: one that does nothing at all, and one that runs jobs which do nothing."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.settings import EngineSettings


@cache
def _engine() -> Engine:
    return engine_from(EngineSettings.from_env(os.environ), KINDS)


def run_jobs(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Claim and complete the job of each record."""
    return consume(event, context, handlers={JobType.GENERATE_CONTENT: lambda job, within: {}}, engine=_engine())
