"""Whatever call the scraper dies around: a source spends its daily allowance once, and the rest comes later."""

import pytest

from functions.scraper import allowance
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.jobs.model import JobStatus
from tests.functional.scraper.test_crashes import ORGANISATIONS, SOURCES, a_deployment, the_source, tick
from tests.support.scraper_services import Web, an_entry
from tests.support.sources import a_source
from tests.support.sweep import World, expect_once, sweep

pytestmark = pytest.mark.usefixtures("fresh_clients")


def grow_by_two_a_day(world: World) -> None:
    """A feed has brought one item when four more come; the next day nothing has changed."""
    web = Web(entries=[an_entry("1")], etag='"1"')
    services = a_deployment(world, web)
    world.saboteur.is_resting = True
    ORGANISATIONS.put(Organisation(org_id="acme", name="Acme", created_at=world.clock()))
    SOURCES.add(a_source(world.clock()))
    tick(world, services)
    world.settle()
    web.entries, web.etag = [an_entry(number) for number in "54321"], '"2"'
    world.clock.advance(hours=7)
    world.saboteur.is_resting = False
    for kept, told in (("15", (1, 3)), ("1345", (2, 1))):
        tick(world, services)
        world.settle()
        expect_once((item.title[-1] for item in services.items.newest("acme")[0]), list(kept))
        source = the_source("source-1")
        assert source.last_fetch is not None
        assert source.growth is not None
        assert (source.last_fetch.new, source.last_fetch.held_back, source.etag) == (*told, '"2"')
        assert sum(source.growth.by_job.values()) == 2
        results = [job.result for job in world.jobs() if job.job_id == source.last_job_id]
        assert [(result["new"], result["held_back"]) for result in results if result] == [told]
        world.clock.advance(hours=24)
    expect_once((job.status for job in world.jobs()), [JobStatus.COMPLETED] * 3)
    assert world.dead_letters() == 0


def test_a_days_allowance_is_spent_once_whatever_call_a_process_dies_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MOST_NEW_A_DAY", 2)
    assert sweep(grow_by_two_a_day) > 25
