"""The collaborators of a deployment, once per container."""

from functions.scheduler_tick.services import Services
from functions.scheduler_tick.settings import Settings
from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel import aws
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.schedules.dynamodb import DynamoScheduleStore


def services_from(settings: Settings) -> Services:
    """Clients are opened at the first call."""
    schedules = DynamoScheduleStore(settings.jobs_table, aws.dynamodb)
    return Services(schedules=schedules, engine=engine_from(settings, KINDS), grace=settings.schedule_grace)
