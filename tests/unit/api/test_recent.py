from typing import Any

import pytest

from functions.api.recent import Recent
from tests.support.api_driver import OPERATOR, RIVAL, Driver, make_driver
from tests.support.clock import ManualClock

JOB = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def probed() -> list[str]:
    return []


@pytest.fixture
def api(clock: ManualClock, probed: list[str]) -> Driver:
    return make_driver(clock, recent=Recent(clock, seconds=5), probes={"jobs": lambda: probed.append("jobs")})


def queued(api: Driver, **options: Any) -> int:
    return int(api("GET", "/api/stats", **options).json["active"]["queued"])


def test_figures_are_made_anew_after_five_seconds(api: Driver, clock: ManualClock) -> None:
    assert queued(api) == 0
    api("POST", "/api/jobs", JOB)
    clock.advance(seconds=4.9)
    assert queued(api) == 0
    clock.advance(seconds=0.1)
    assert queued(api) == 1


def test_nobody_gets_what_was_made_for_others(api: Driver) -> None:
    api("POST", "/api/jobs", JOB)
    assert (queued(api), queued(api, claims=RIVAL)) == (1, 0)
    assert api("GET", "/api/stats").json["queues"] is None
    as_operator = api("GET", "/api/stats", query={"org_id": "acme"}, claims=OPERATOR).json
    assert (as_operator["org_id"], as_operator["queues"]) == ("acme", {})
    assert api("GET", "/api/stats").json["queues"] is None


def test_dependencies_are_asked_once_in_five_seconds_whoever_asks(
    api: Driver, clock: ManualClock, probed: list[str]
) -> None:
    for claims in (OPERATOR, RIVAL, OPERATOR):
        assert api("GET", "/api/health", claims=claims).status == 200
    assert probed == ["jobs"]
    clock.advance(seconds=5)
    api("GET", "/api/health")
    assert probed == ["jobs", "jobs"]


def test_what_is_kept_does_not_grow_without_end(clock: ManualClock) -> None:
    recent = Recent(clock, seconds=5)
    for number in range(1000):
        assert recent.get(number, lambda made=number: made) == number  # type: ignore[misc]
    assert len(recent._made) == 200
