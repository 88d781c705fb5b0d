"""What a Lambda that watches ticks, or that also sets timers, is given."""

from datetime import timedelta

from pydantic import Field

from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.schedules.agenda import Agenda
from functions.shared.kernel.schedules.dynamodb import DynamoScheduleStore
from functions.shared.kernel.schedules.timers import EventBridgeTimers
from functions.shared.kernel.settings import EngineSettings


class TickSettings(EngineSettings):
    """The engine's settings, and how late a tick may be."""

    schedule_grace_seconds: int = Field(default=300, ge=60)

    @property
    def schedule_grace(self) -> timedelta:
        """How late a tick may be before it counts as missing."""
        return timedelta(seconds=self.schedule_grace_seconds)


class TimerSettings(TickSettings):
    """And where timers are kept, what they call and as whom."""

    schedule_group: str
    schedule_target: str
    schedule_role: str
    schedule_dead_letters: str


def agenda_from(settings: TimerSettings) -> Agenda:
    """The agenda of a deployment; clients are opened at the first call."""
    timers = EventBridgeTimers(
        group=settings.schedule_group,
        target=settings.schedule_target,
        role=settings.schedule_role,
        dead_letters=settings.schedule_dead_letters,
        client=aws.scheduler,
    )
    store = DynamoScheduleStore(settings.jobs_table, aws.dynamodb)
    return Agenda(schedules=store, timers=timers, clock=utc_now, grace=settings.schedule_grace)
