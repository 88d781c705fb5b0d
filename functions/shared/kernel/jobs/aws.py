"""The job engine on AWS."""

import random
from datetime import timedelta

from functions.shared.kernel import aws
from functions.shared.kernel.clock import new_id, utc_now
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import Kinds
from functions.shared.kernel.jobs.policy import policy_from, timing_from
from functions.shared.kernel.jobs.sqs import SqsDispatcher
from functions.shared.kernel.settings import EngineSettings


def engine_from(settings: EngineSettings, kinds: Kinds) -> Engine:
    """The engine of a deployment; clients are opened at the first call."""
    retention = timedelta(days=settings.job_retention_days)
    return Engine(
        store=DynamoJobStore(settings.jobs_table, aws.dynamodb, utc_now, retention),
        dispatcher=SqsDispatcher(settings.queue_urls, aws.sqs),
        clock=utc_now,
        new_id=new_id,
        random=random.random,
        kinds=kinds,
        policy=policy_from(settings),
        timing=timing_from(settings),
        active_jobs_per_org=settings.active_jobs_per_org,
    )
