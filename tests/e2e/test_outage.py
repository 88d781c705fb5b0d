"""An outside service that is down: its own jobs wait without hammering it, everything else flows."""

import time
from typing import Any

from tests.e2e.test_main_job import finished, made_pages, published_posts
from tests.e2e.test_trouble import PATIENT
from tests.e2e.world import World, wait_for
from tests.support.standins.x import XStandIn, unavailable

TOKENS = {"stormy-1": "1001", "stormy-2": "1002", "stormy-3": "1003"}
POSTS = 5 * len(TOKENS)
# Five failures in a row open the circuit; so many are under way then. A trial follows each pause, the shortest first.
FAILURES, AT_ONCE, PAUSE_SECONDS = 5, 10, 3


def posting(world: World, org: str) -> list[dict[str, Any]]:
    return [world.job(job["job_id"], org) for job in world.items("/api/jobs", org, type="PUBLISH_CONTENT")]


def test_while_x_is_down_its_posts_wait_and_each_is_made_once_when_it_is_back(world: World) -> None:
    stormy, calm = world.newcomer("stormy"), world.newcomer("calm")
    with XStandIn() as x:
        x.tokens = dict(TOKENS)
        for token in TOKENS:
            account = {"network": "twitter", "name": token, "access_token": token}
            assert world.api(stormy).post("/api/accounts", json=account).status_code == 201
        x.create_faults.extend(unavailable() for _ in range(500))
        x.read_faults.extend(unavailable() for _ in range(500))
        settings = {"X_API_BASE_URL": x.base_url, "X_SETTLE_SECONDS": "1", "RETRY_DELAYS": PATIENT}
        with world.settings("social_poster", **settings):
            down_since = time.monotonic()
            assert [job["status"] for job in made_pages(world, stormy)] == ["completed"] * 5
            wait_for(lambda: put_off(world, stormy))
            assert_not_delayed(world, calm)
            assert x.texts == []
            trials = (time.monotonic() - down_since) / PAUSE_SECONDS
            assert sum(len(x.requests_with[token]) for token in TOKENS) <= FAILURES + AT_ONCE + trials

            x.create_faults.clear()
            x.read_faults.clear()
            wait_for(lambda: all_completed(world, stormy), every=1)
        posted = [(tweet.user_id, tweet.body["text"]) for tweet in x.tweets]
    assert len(posted) == len(set(posted)) == POSTS
    assert any(job["deferrals"] for job in posting(world, stormy))


def put_off(world: World, org: str) -> bool:
    """Whether X has been left alone by most jobs, and they say why they wait."""
    jobs = posting(world, org)
    waiting = [job for job in jobs if job["deferrals"] and "keeps failing" in str(job["reason"])]
    return len(jobs) == POSTS and len(waiting) >= POSTS // 2


def assert_not_delayed(world: World, org: str) -> None:
    """An organisation on the preview publisher has its posts at the first run of each job."""
    body = {"type": "GENERATE_PAGE", "payload": {"trending": 3}}
    job = finished(world, world.api(org).post("/api/jobs", json=body).json()["job_id"], org)
    assert [finished(world, page["job_id"], org)["status"] for page in job["result"]["pages"]] == ["completed"] * 3
    assert wait_for(lambda: published_posts(world, org, 3))
    jobs = wait_for(lambda: all_completed(world, org))
    assert {(len(job["attempts"]), job["deferrals"]) for job in jobs} == {(1, 0)}


def all_completed(world: World, org: str) -> Any:
    """The posting jobs once all of them are done; none may fail."""
    jobs = posting(world, org)
    failed = [job["error"] for job in jobs if job["status"] == "failed"]
    assert not failed, failed
    return jobs if jobs and all(job["status"] == "completed" for job in jobs) else None
