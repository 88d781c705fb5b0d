"""A tick by hand: every organisation's job, admitted once and run at once."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.pseo_generator.run_tick import run_tick
from functions.pseo_generator.services import Services
from functions.shared.domain.due.plan_due import Limits
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.memory import MemoryOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.tick import Tick, tick_of
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.page_services import handlers_of, page_services, sent

FIVE = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TICK = Tick(at=FIVE, identity="tick-1")


def tick(services: Services, at: Tick = TICK, seconds_left: Callable[[], float] = lambda: 300) -> dict[str, Any]:
    return run_tick(at, services=services, handlers=handlers_of(services), pages_per_run=3, limits=Limits(seconds_left))


def add_organisation(services: Services, org_id: str) -> None:
    services.organisations.put(Organisation(org_id=org_id, name=org_id.title(), created_at=FIVE))


def test_the_answer_tells_source_jobs_and_pages(clock: ManualClock) -> None:
    services = page_services(clock)
    answer = tick(services)
    (acme,) = answer["organisations"]
    assert answer["source"] == "sample"
    assert answer["sample_captured_at"].startswith("2026-03-11T15:13:38")
    assert (acme["org_id"], acme["status"]) == ("acme", "completed")
    assert sent(services, "pages") == acme["pages"]
    assert len(acme["pages"]) == 3


def test_a_tick_delivered_twice_admits_and_plans_nothing_new(clock: ManualClock) -> None:
    services = page_services(clock)
    first = tick(services)
    clock.advance(minutes=1)
    assert tick(services) == first
    assert len(sent(services, "pages")) == 3


def test_each_organisation_gets_its_own_job(clock: ManualClock) -> None:
    services = page_services(clock)
    add_organisation(services, "beta")
    answer = tick(services)
    assert [each["org_id"] for each in answer["organisations"]] == ["acme", "beta"]
    assert [len(each["pages"]) for each in answer["organisations"]] == [3, 3]


def test_what_there_is_no_time_for_is_left_to_the_queue(clock: ManualClock) -> None:
    services = page_services(clock)
    add_organisation(services, "beta")
    left = iter([300.0, 300.0, 300.0, 59.0])
    answer = tick(services, seconds_left=lambda: next(left))
    assert [each["status"] for each in answer["organisations"]] == ["completed", "queued"]
    assert answer["organisations"][1]["job_id"] in sent(services, "pages")


def test_what_there_is_no_time_to_look_at_is_told(clock: ManualClock) -> None:
    services = page_services(clock)
    add_organisation(services, "beta")
    left = iter([300.0, 300.0, 19.0])
    answer = tick(services, seconds_left=lambda: next(left))
    assert [each["org_id"] for each in answer["organisations"]] == ["acme"]
    assert answer["left"] == 1


def test_a_market_that_is_down_is_told_as_the_reason(clock: ManualClock) -> None:
    class Down:
        def trending(self, limit: int) -> Any:
            raise TransientError("Polymarket cannot be reached")

        def by_slug(self, slug: str) -> Any:
            raise AssertionError(slug)

    answer = tick(page_services(clock, source=Down()))
    (acme,) = answer["organisations"]
    assert (acme["status"], acme["reason"], acme["pages"]) == ("queued", "Polymarket cannot be reached", [])
    assert answer["source"] is None


def test_one_organisation_that_cannot_be_admitted_leaves_the_others_alone(clock: ManualClock) -> None:
    engine = memory_engine(clock=clock)

    class Picky:
        def __getattr__(self, name: str) -> Any:
            return getattr(engine.store, name)

        def admit(self, job: Job, **keywords: Any) -> None:
            if job.org_id == "acme":
                raise TransientError("the store is out of reach")
            engine.store.admit(job, **keywords)

    picky = type(engine)(
        store=Picky(),
        dispatcher=engine.dispatcher,
        clock=clock,
        new_id=engine.new_id,
        random=engine.random,
        kinds=engine.kinds,
    )
    services = page_services(clock, engine=picky)
    add_organisation(services, "beta")
    with pytest.raises(TransientError, match="no job could be admitted for: acme"):
        tick(services)
    jobs, _ = engine.store.newest("beta", job_type=JobType.GENERATE_PAGE)
    assert len(jobs) == 4


def test_without_organisations_there_is_nothing_to_do(clock: ManualClock) -> None:
    services = page_services(clock, organisations=MemoryOrganisationStore())
    assert tick(services) == {"source": None, "organisations": []}


def test_the_scheduled_time_is_the_tick(clock: ManualClock) -> None:
    one = tick_of({"scheduled_time": "2026-11-22T05:00:00Z"}, "request-1", clock=clock)
    clock.advance(minutes=7)
    other = tick_of({"scheduled_time": "2026-11-22T05:00:00Z"}, "request-2", clock=clock)
    assert one == other
    assert one.at == FIVE


@pytest.mark.parametrize(
    "event", [{}, {"scheduled_time": "<aws.scheduler.scheduled-time>"}, {"scheduled_time": None}, {"scheduled_time": 5}]
)
def test_without_a_scheduled_time_the_invocation_is_the_tick(event: Mapping[str, Any], clock: ManualClock) -> None:
    first = tick_of(event, "request-1", clock=clock)
    clock.advance(minutes=2)
    assert tick_of(event, "request-1", clock=clock) == first
    assert tick_of(event, "request-2", clock=clock) != first
    assert clock() - first.at < timedelta(hours=1)
