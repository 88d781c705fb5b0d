import pytest

from functions.reconciler.watch import watch_schedules
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.schedules.agenda import Agenda
from functions.shared.kernel.schedules.memory import MemoryScheduleStore, MemoryTimers
from functions.shared.kernel.schedules.model import Schedule
from tests.support.api_driver import Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.schedules import TEA, created, stored


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def reconcile(api: Driver) -> None:
    watch_schedules(agenda=api.services.agenda, engine=api.services.engine)


def test_a_paused_schedule_has_no_next_run_and_a_resumed_one_has(api: Driver) -> None:
    schedule_id = created(api)
    paused = api("PATCH", f"/api/schedules/{schedule_id}", {"enabled": False}).json
    assert (paused["state"], paused["next_runs"]) == ("paused", [])
    assert not api.timers.running[schedule_id].enabled
    assert stored(api, schedule_id).due_at is None
    resumed = api("PATCH", f"/api/schedules/{schedule_id}", {"enabled": True}).json
    assert (resumed["state"], len(resumed["next_runs"])) == ("active", 5)
    assert api.timers.running[schedule_id].enabled


def test_a_new_payload_leaves_the_timer_alone(api: Driver) -> None:
    schedule_id = created(api)
    before = api.timers.running[schedule_id]
    answer = api("PATCH", f"/api/schedules/{schedule_id}", {"payload": {"topic": "Coffee"}, "name": None})
    assert (answer.json["payload"], answer.json["name"]) == ({"topic": "Coffee"}, None)
    assert api.timers.running[schedule_id] is before


def test_a_schedule_made_while_the_scheduler_is_down_is_applied_by_the_reconciler(
    api: Driver, clock: ManualClock
) -> None:
    api.timers.trouble = TransientError("EventBridge Scheduler cannot be reached")
    schedule_id = created(api)
    assert api("GET", f"/api/schedules/{schedule_id}").json["state"] == "applying"
    clock.advance(seconds=31)
    reconcile(api)
    assert not api.timers.running
    api.timers.trouble = None
    reconcile(api)
    assert schedule_id in api.timers.running
    assert api("GET", f"/api/schedules/{schedule_id}").json["state"] == "active"


def test_changes_and_deletions_that_do_not_reach_the_scheduler_are_made_by_the_reconciler(
    api: Driver, clock: ManualClock
) -> None:
    kept, gone = created(api), created(api)
    api.timers.trouble = TransientError("EventBridge Scheduler cannot be reached")
    assert api("PATCH", f"/api/schedules/{kept}", {"enabled": False}).json["state"] == "applying"
    assert api("DELETE", f"/api/schedules/{gone}").status == 204
    assert api("GET", f"/api/schedules/{gone}").status == 404
    assert [item["schedule_id"] for item in api("GET", "/api/schedules").json["items"]] == [kept]
    api.timers.trouble = None
    clock.advance(seconds=31)
    reconcile(api)
    assert not api.timers.running[kept].enabled
    assert gone not in api.timers.running
    assert ("acme", gone) not in api.schedules.stored


def test_a_schedule_that_the_scheduler_refuses_is_not_kept(api: Driver) -> None:
    api.timers.trouble = PermanentError("setting a timer failed: ValidationException")
    assert api("POST", "/api/schedules", TEA).status == 422
    api.timers.trouble = None
    assert api("GET", "/api/schedules").json["items"] == []


class DyingTimers(MemoryTimers):
    """The process ends at this call; what was done before stays done."""

    def put(self, schedule: Schedule) -> None:
        super().put(schedule)
        raise KeyboardInterrupt


def test_a_crash_between_the_two_steps_heals(clock: ManualClock) -> None:
    store, timers = MemoryScheduleStore(), DyingTimers()
    api = make_driver(clock, agenda=Agenda(schedules=store, timers=timers, clock=clock))
    with pytest.raises(KeyboardInterrupt):
        api("POST", "/api/schedules", TEA)
    healthy = Agenda(schedules=store, timers=MemoryTimers(), clock=clock)
    watch_schedules(agenda=healthy, engine=memory_engine(clock=clock))
    assert not any(schedule.is_applied for schedule in store.stored.values())
    clock.advance(seconds=31)
    watch_schedules(agenda=healthy, engine=memory_engine(clock=clock))
    assert [schedule.is_applied for schedule in store.stored.values()] == [True]


class OvertakenTimers(MemoryTimers):
    """While one change is on its way to the scheduler, another one is made and gets there first."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[object] = []
        self.api: Driver | None = None
        self.path = ""

    def put(self, schedule: Schedule) -> None:
        if self.meanwhile:
            body = self.meanwhile.pop()
            assert self.api is not None
            other = Driver(self.api.services)
            assert other("PATCH", self.path, body).status == 200
        super().put(schedule)


def test_of_two_changes_at_once_the_stored_one_is_what_runs(clock: ManualClock) -> None:
    timers = OvertakenTimers()
    api = make_driver(clock, agenda=Agenda(schedules=MemoryScheduleStore(), timers=timers, clock=clock))
    schedule_id = created(api)
    timers.api, timers.path = api, f"/api/schedules/{schedule_id}"
    timers.meanwhile = [{"cron": "rate(3 hours)"}]
    api("PATCH", timers.path, {"cron": "rate(2 hours)"})
    kept = stored(api, schedule_id)
    assert kept.is_applied
    assert kept.cron == "rate(3 hours)"
    assert timers.running[schedule_id].cron == "rate(3 hours)"
