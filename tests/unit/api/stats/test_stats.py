from dataclasses import replace
from datetime import timedelta

import pytest

from functions.api.stats.models import QueueDepth
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.policy import Timing
from tests.support.api_driver import OPERATOR, RIVAL, Driver, make_driver
from tests.support.clock import ManualClock

TEA = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}}
DEPTH = QueueDepth(waiting=3, in_flight=2, delayed=1, dead=4)


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    driver = make_driver(
        clock, queue_depths=lambda: {"content": DEPTH}, timetables={"pseo_generator": "cron(0 5 * * ? *)"}
    )
    for org in ("acme", "rival"):
        driver.services.organisations.put(Organisation(org_id=org, name=org, created_at=clock()))
    return driver


def submitted(api: Driver, **options: object) -> str:
    return str(api("POST", "/api/jobs", TEA, **options).json["job_id"])


def end(api: Driver, clock: ManualClock, job_id: str, *, fails: bool = False) -> None:
    job = api.jobs.jobs["acme", job_id]
    held = transitions.claimed(job, now=clock(), owner="w", timing=Timing())
    after = transitions.failed(held, now=clock(), reason="no") if fails else None
    api.jobs.jobs["acme", job_id] = after or transitions.completed(held, now=clock(), result={})


def test_a_user_sees_the_figures_of_the_own_organisation_only(api: Driver, clock: ManualClock) -> None:
    end(api, clock, submitted(api))
    end(api, clock, submitted(api))
    clock.advance(hours=2)
    end(api, clock, submitted(api))
    end(api, clock, submitted(api), fails=True)
    running = submitted(api)
    job = api.jobs.jobs["acme", running]
    api.jobs.jobs["acme", running] = transitions.claimed(job, now=clock(), owner="w", timing=Timing())
    submitted(api)
    submitted(api, claims=RIVAL)
    clock.advance(seconds=90)

    stats = api("GET", "/api/stats").json

    assert stats["org_id"] == "acme"
    assert stats["active"] == {"queued": 1, "processing": 1, "oldest_age_seconds": 90.0}
    assert stats["last_hour"] | {"per_minute": 0} == {
        "completed": 1,
        "failed": 1,
        "cancelled": 0,
        "per_minute": 0,
        "failure_rate": 0.5,
    }
    assert (stats["last_day"]["completed"], stats["last_day"]["failure_rate"]) == (3, 0.25)
    assert stats["last_hour"]["per_minute"] == round(2 / 60, 3)
    assert (stats["queues"], stats["next_runs"]) == (None, None)


def test_an_administrator_sees_the_whole_deployment_or_one_organisation(api: Driver, clock: ManualClock) -> None:
    submitted(api)
    submitted(api, claims=RIVAL)
    everything = api("GET", "/api/stats", claims=OPERATOR).json
    assert (everything["org_id"], everything["active"]["queued"]) == (None, 2)
    assert everything["queues"] == {"content": {"waiting": 3, "in_flight": 2, "delayed": 1, "dead": 4}}
    assert everything["next_runs"] == {"pseo_generator": "2026-11-23T05:00:00.000Z"}
    one = api("GET", "/api/stats", query={"org_id": "rival"}, claims=OPERATOR).json
    assert (one["org_id"], one["active"]["queued"]) == ("rival", 1)


def test_a_user_may_not_name_an_organisation(api: Driver) -> None:
    assert api("GET", "/api/stats", query={"org_id": "rival"}).status == 403
    assert api("GET", "/api/stats", query={"org_id": "a b"}, claims=OPERATOR).fields == ["org_id"]


def test_with_no_jobs_there_is_no_rate_and_no_age(api: Driver) -> None:
    stats = api("GET", "/api/stats").json
    assert (stats["active"]["oldest_age_seconds"], stats["last_day"]["failure_rate"]) == (None, None)


def test_a_job_that_ends_leaves_the_active_ones_at_once(api: Driver, clock: ManualClock) -> None:
    job_id = submitted(api)
    job = api.jobs.jobs["acme", job_id]
    ended = transitions.cancelled(job, now=clock())
    api.jobs.jobs["acme", job_id] = replace(ended, due_at=clock() + timedelta(seconds=1))  # the index lags behind
    assert api("GET", "/api/stats").json["active"]["queued"] == 0
