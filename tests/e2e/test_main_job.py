"""The main job on the embedded engine: markets become pages, pages become posts, a topic becomes variants."""

import statistics
import time
import uuid
from typing import Any

from tests.e2e.at_rest import wait_until_idle
from tests.e2e.world import World, wait_for


def finished(world: World, job_id: str, who: str = "user") -> Any:
    """The job once it is over."""
    return wait_for(lambda: over(world.job(job_id, who)))


def over(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if job["status"] in ("completed", "failed", "cancelled") else None


def made_pages(world: World, org: str) -> Any:
    """The finished jobs of the pages that one run of the generator planned for an organisation."""
    answer = world.invoke("pseo_generator")
    assert answer["source"] == "sample"
    (mine,) = [entry for entry in answer["organisations"] if entry["org_id"] == org]
    return [finished(world, job_id, org) for job_id in mine["pages"]]


def test_one_run_of_the_generator_makes_pages_that_can_be_read_and_a_post_for_each(world: World) -> None:
    org = world.newcomer("reader")
    assert [job["status"] for job in made_pages(world, org)] == ["completed"] * 5
    pages = world.items("/api/content", org, kind="page")
    assert len(pages) == 5
    posts = wait_for(lambda: published_posts(world, org, len(pages)))
    assert sorted(post["parent_id"] for post in posts) == sorted(page["content_id"] for page in pages)
    for page in pages:
        html = world.read_page(page["url"].removeprefix(world.outputs["site_url"] + "/"))
        assert html.status_code == 200
        assert page["title"].split()[0] in html.text
        assert "sample" in html.text.lower()
    index = world.read_page(f"{org}/index.html").text
    assert all(page["slug"] in index for page in pages)


def published_posts(world: World, org: str, number: int) -> Any:
    posts = [post for post in world.items("/api/content", org, kind="post") if post["state"] == "published"]
    return posts if len(posts) >= number else None


def test_a_second_run_never_posts_about_the_same_page_again(world: World) -> None:
    org = world.newcomer("eager")
    jobs = [*made_pages(world, org), *made_pages(world, org)]
    pages = {job["result"]["content_id"] for job in jobs}
    posts = wait_for(lambda: published_posts(world, org, len(pages)))
    assert sorted(post["parent_id"] for post in posts) == sorted(pages)


def test_a_topic_is_accepted_at_once_and_becomes_a_variant_for_each_network(world: World) -> None:
    body = {"topic": "How prediction markets price elections"}
    accepted = world.api().post("/api/ai/generate", json=body)
    job_id = accepted.json()["job_id"]
    assert accepted.status_code == 202
    assert accepted.headers["Location"] == accepted.json()["status_url"]
    assert int(accepted.headers["Retry-After"]) > 0

    seen = [accepted.json()["status"]]

    def status() -> Any:
        shown = world.api().get(f"/api/ai/generate/status/{job_id}").json()
        seen.append(shown["status"])
        return shown if shown["status"] == "completed" else None

    done = wait_for(status, every=0.02)
    order = ["queued", "processing", "completed"]
    assert sorted(seen, key=order.index) == seen
    assert {variant["network"] for variant in done["result"]["variants"]} == {
        "twitter",
        "linkedin",
        "facebook",
        "instagram",
    }


def test_the_api_accepts_within_300_milliseconds_when_warm(world: World) -> None:
    """A quarter of the calls of some series does: the rest wait for the machine, which may have much else to do."""
    wait_for(lambda: statistics.quantiles(times_to_accept(world, calls=12), n=4)[0] < 0.3)


def times_to_accept(world: World, *, calls: int) -> list[float]:
    """How many seconds each of these calls takes while no job is at work."""
    took = []
    for number in range(calls):
        wait_until_idle(world)
        started = time.perf_counter()
        answer = world.api().post("/api/ai/generate", json={"topic": f"Topic {number}", "platforms": ["twitter"]})
        took.append(time.perf_counter() - started)
        assert answer.status_code == 202
    return took


def test_strangers_and_neighbours_are_told_nothing(world: World) -> None:
    mine = world.api().post("/api/ai/generate", json={"topic": "Mine"}).json()["job_id"]
    assert world.api(None).get(f"/api/ai/generate/status/{mine}").status_code == 401
    neighbour = world.api("rival").get(f"/api/ai/generate/status/{mine}")
    assert neighbour.status_code == 404
    assert neighbour.headers["Content-Type"] == "application/problem+json"


def test_a_body_without_a_topic_is_refused_by_the_fields_name(world: World) -> None:
    answer = world.api().post("/api/ai/generate", json={"tone": "dry"})
    assert answer.status_code == 422
    assert "topic" in [error["field"] for error in answer.json()["errors"]]


def test_a_repeated_key_gives_the_same_job(world: World) -> None:
    key, body = uuid.uuid4().hex, {"type": "GENERATE_CONTENT", "payload": {"topic": "Once"}}
    first, second = (
        world.api().post("/api/jobs", json=body, headers={"Idempotency-Key": key}).json() for _ in range(2)
    )
    assert first["job_id"] == second["job_id"]
    other = {"type": "GENERATE_CONTENT", "payload": {"topic": "Twice"}}
    assert world.api().post("/api/jobs", json=other, headers={"Idempotency-Key": key}).status_code == 409


def test_health_is_public_and_the_document_describes_every_call(world: World) -> None:
    assert world.api(None).get("/health").status_code == 200
    document = world.api(None).get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/ai/generate" in document["paths"]
    assert world.api().get("/api/health").json()["status"] == "ok"
