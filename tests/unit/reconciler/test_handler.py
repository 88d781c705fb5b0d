"""One run of the reconciler: what is bounded has its turn before the jobs, of which there may be any number."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.reconciler import handler as module
from functions.reconciler.services import Services
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.schedules.agenda import Agenda
from functions.shared.kernel.schedules.memory import MemoryScheduleStore, MemoryTimers
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.event_source import FakeContext
from tests.support.notices import a_notice
from tests.support.schedules import a_schedule


class Unreadable(MemoryJobStore):
    """As a table is whose index of due jobs does not answer."""

    def due(self, *given: Any, **named: Any) -> Any:
        raise TransientError("reading due jobs failed: ThrottlingException")


class Pointers(list[NoticeMessage]):
    """What was sent to the notifier."""

    def __call__(self, message: NoticeMessage) -> None:
        self.append(message)


class Sqs:
    """Every queue holds three messages."""

    def get_queue_attributes(self, **request: Any) -> Any:
        return {"Attributes": dict.fromkeys(request["AttributeNames"], "3")}


@pytest.fixture
def services(clock: ManualClock) -> Services:
    schedules = MemoryScheduleStore()
    schedules.add(a_schedule(clock(), due_at=clock()), limit=1)
    notifications = MemoryNotificationStore()
    notifications.put(a_notice(clock))
    return Services(
        engine=replace(memory_engine(clock=clock), store=Unreadable()),
        agenda=Agenda(schedules=schedules, timers=MemoryTimers(), clock=clock),
        notifications=notifications,
        send_notice=Pointers(),
        queue_urls={"content": "https://sqs/content"},
        counted_queues={},
        sqs=lambda: Sqs(),  # type: ignore[arg-type,return-value]
        horizon=timedelta(minutes=1),
    )


def test_jobs_that_cannot_be_read_or_take_all_the_time_delay_nothing_else(
    services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "_services", lambda: services)
    clock.advance(hours=1)
    with pytest.raises(TransientError):
        module.handler({}, FakeContext())  # type: ignore[arg-type]
    assert isinstance(services.agenda.timers, MemoryTimers)
    assert list(services.agenda.timers.running) == ["s1"]
    assert isinstance(services.send_notice, Pointers)
    assert len(services.send_notice) == 1
    assert '"ActiveJobs":[3.0]' in capsys.readouterr().out
