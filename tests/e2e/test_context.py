"""What is read for a customer on the embedded engine: feeds, pages and documents become context for what is written."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.e2e.test_main_job import finished
from tests.e2e.world import World, wait_for
from tests.support.standins.website import Page, Website, gzip_bomb

# As many new items as a source may bring in a day, and as are read whatever they are from.
A_DAYS_ALLOWANCE = 200

ARTICLE = """<!doctype html><html lang="en"><head><title>Brewing oolong | The Tea House</title>
<meta name="author" content="Mei Lin"></head><body><nav><a href="/">Home</a> <a href="/shop">Shop</a></nav>
<article><h1>Brewing oolong</h1>
<p>Oolong is steeped at ninety degrees, in small pots and for short times, so that each cup tastes of another part of
the leaf. The first infusion is poured away: it wakes the leaves, and warms the pot and the cups.</p>
<p>Good oolong gives seven infusions or more. The third and the fourth are the best ones, when the leaf is fully open
and the fragrance has moved from the lid of the cup into the tea itself.</p>
<p>Water matters more than the pot. Soft water brings out the flowers, hard water hides them, and water that has boiled
for too long makes every tea taste flat.</p></article><footer>All rights reserved</footer></body></html>"""


def entry(number: int, title: str) -> str:
    return (
        f"<item><guid>tag:tea,{number}</guid><title>{title}</title><link>https://tea.example/{number}</link>"
        f"<description>{title}: what the tea house has to say about it, at some length.</description></item>"
    )


def feed(*titles: str) -> Page:
    items = "".join(entry(number, title) for number, title in enumerate(titles))
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Tea news</title>{items}</channel></rss>'
    return Page(body, "application/rss+xml", etag=f'"{len(titles)}"')


@pytest.fixture
def site() -> Iterator[Website]:
    with Website({"/robots.txt": Page("User-agent: *\nAllow: /\n", "text/plain")}) as site:
        yield site


def a_source(world: World, org: str, kind: str, url: str) -> dict[str, Any]:
    answer = world.api(org).post("/api/sources", json={"kind": kind, "url": url})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def source(world: World, org: str, source_id: str) -> dict[str, Any]:
    found: dict[str, Any] = world.api(org).get(f"/api/sources/{source_id}").raise_for_status().json()
    return found


def titles(world: World, org: str, **filters: str) -> list[str]:
    return [item["title"] for item in world.items("/api/context", org, **filters)]


def run_the_planner(world: World, org: str) -> None:
    """One run of the scraper's schedule, until what it planned for the organisation is over."""
    world.invoke("scraper")
    for job in world.items("/api/jobs", org):
        finished(world, job["job_id"], org)


def test_new_entries_of_a_feed_appear_after_the_next_run_and_known_ones_are_not_repeated(
    world: World, site: Website
) -> None:
    org = world.newcomer("feedreader")
    site.routes["/feed.xml"] = feed("Green tea", "Black tea")
    made = a_source(world, org, "feed", site.url("/feed.xml"))
    finished(world, made["last_job_id"], org)
    assert sorted(titles(world, org)) == ["Black tea", "Green tea"]

    run_the_planner(world, org)
    assert source(world, org, made["source_id"])["last_fetch"]["outcome"] == "unchanged"
    assert site.asked_for("/feed.xml")[-1].headers["if-none-match"] == '"2"'

    site.routes["/feed.xml"] = feed("Green tea", "Black tea", "White tea")
    run_the_planner(world, org)
    assert titles(world, org)[0] == "White tea"
    assert len(titles(world, org)) == 3
    last = source(world, org, made["source_id"])["last_fetch"]
    assert (last["outcome"], last["new"], last["unchanged"]) == ("fetched", 1, 2)
    assert titles(world, "rival") == []


def test_a_source_that_is_down_is_retried_then_unhealthy_and_announced_once_and_heals(
    world: World, site: Website
) -> None:
    org = world.newcomer("downfeed")
    site.routes["/feed.xml"] = feed("Green tea")
    made = a_source(world, org, "feed", site.url("/feed.xml"))
    finished(world, made["last_job_id"], org)

    site.routes["/feed.xml"] = Page("no", status=503)
    before = len(site.asked_for("/feed.xml"))
    run_the_planner(world, org)
    assert len(site.asked_for("/feed.xml")) - before == 4, "one run and three retries"
    failing = source(world, org, made["source_id"])
    assert (failing["health"], failing["failures"]) == ("failing", 4)
    assert "503" in failing["last_fetch"]["reason"]
    assert unhealthy_notices(world, org) == []

    for _ in range(2):
        run_the_planner(world, org)
    assert source(world, org, made["source_id"])["health"] == "unhealthy"
    (notice,) = unhealthy_notices(world, org)
    assert "503" in notice["reason"]
    assert world.items("/api/notifications", org) == [notice], "and nothing else is announced"

    site.routes["/feed.xml"] = feed("Green tea", "Black tea")
    run_the_planner(world, org)
    healed = source(world, org, made["source_id"])
    assert (healed["health"], healed["failures"]) == ("healthy", 0)
    assert len(unhealthy_notices(world, org)) == 1


def unhealthy_notices(world: World, org: str) -> list[dict[str, Any]]:
    return [notice for notice in world.items("/api/notifications", org) if notice["kind"] == "source.unhealthy"]


def test_a_page_is_read_and_what_fits_a_topic_is_used_and_named_with_what_was_written(
    world: World, site: Website
) -> None:
    org = world.newcomer("pagereader")
    site.routes["/oolong"] = Page(ARTICLE, etag='"a"')
    made = a_source(world, org, "website", site.url("/oolong"))
    finished(world, made["last_job_id"], org)
    (item,) = world.items("/api/context", org)
    found = world.api(org).get(f"/api/context/{item['item_id']}").json()
    assert found["title"] == "Brewing oolong"
    assert "seven infusions" in found["text"]
    assert "All rights reserved" not in found["text"]

    body = {"topic": "How to brew oolong tea", "platforms": ["linkedin"]}
    job = finished(world, world.api(org).post("/api/ai/generate", json=body).json()["job_id"], org)
    (variant,) = [each for each in world.items("/api/content", org, kind="variant") if each["job_id"] == job["job_id"]]
    assert [excerpt["item_id"] for excerpt in variant["context"]] == [item["item_id"]]
    assert "Brewing oolong" in variant["text"]

    body = {"topic": "Quarterly tax returns of sole traders", "platforms": ["linkedin"]}
    job = finished(world, world.api(org).post("/api/ai/generate", json=body).json()["job_id"], org)
    (variant,) = [each for each in world.items("/api/content", org, kind="variant") if each["job_id"] == job["job_id"]]
    assert variant["context"] == []


def test_a_busy_feed_hides_no_page(world: World, site: Website) -> None:
    org = world.newcomer("busyreader")
    site.routes["/oolong"] = Page(ARTICLE, etag='"a"')
    page = a_source(world, org, "website", site.url("/oolong"))
    finished(world, page["last_job_id"], org)
    (item,) = world.items("/api/context", org)
    site.routes["/feed.xml"] = feed(*(f"Notice {number}" for number in range(A_DAYS_ALLOWANCE + 1)))
    busy = a_source(world, org, "feed", site.url("/feed.xml"))
    finished(world, busy["last_job_id"], org)
    last = source(world, org, busy["source_id"])["last_fetch"]
    assert (last["new"], last["held_back"]) == (A_DAYS_ALLOWANCE, 1)

    body = {"topic": "How to brew oolong tea", "platforms": ["linkedin"]}
    job = finished(world, world.api(org).post("/api/ai/generate", json=body).json()["job_id"], org)
    (variant,) = [each for each in world.items("/api/content", org, kind="variant") if each["job_id"] == job["job_id"]]
    assert [excerpt["item_id"] for excerpt in variant["context"]] == [item["item_id"]]

    whole = {"source": busy["source_id"]}
    answers = [world.api(org).delete("/api/context", params=whole).raise_for_status().json() for _ in range(2)]
    assert answers == [{"deleted": 100, "is_done": False}, {"deleted": 100, "is_done": True}]
    assert titles(world, org) == ["Brewing oolong"]


def test_a_document_is_uploaded_read_and_deleted_with_what_it_brought(world: World) -> None:
    org = world.newcomer("librarian")
    text = "# Pu-erh\n\nPu-erh is pressed into cakes and kept for years.\n\n" + "It grows milder with age. " * 30
    body = {"name": "puerh.md", "media_type": "text/markdown", "size": len(text.encode())}
    made = world.api(org).post("/api/documents", json=body)
    assert made.status_code == 201, made.text
    upload = made.json()["upload"]
    early = world.api(org).post(made.json()["process_url"])
    assert early.status_code == 202
    assert "upload" in finished(world, early.json()["job_id"], org)["error"]

    put = httpx2.put(upload["url"], content=text.encode(), headers=upload["headers"], timeout=60, trust_env=False)
    assert put.status_code == 200, put.text
    job = world.api(org).post(made.json()["process_url"])
    assert job.status_code == 202, job.text
    assert finished(world, job.json()["job_id"], org)["status"] == "completed"
    document_id = made.json()["document_id"]
    assert world.api(org).get(f"/api/documents/{document_id}").json()["state"] == "ready"
    (item,) = world.items("/api/context", org, source=document_id)
    assert "pressed into cakes" in world.api(org).get(f"/api/context/{item['item_id']}").json()["text"]

    assert world.api(org).delete(f"/api/documents/{document_id}").status_code == 204
    assert wait_for(lambda: not world.items("/api/context", org))


def test_a_page_that_robots_forbid_and_an_address_inside_the_network_are_not_read(world: World, site: Website) -> None:
    org = world.newcomer("polite")
    site.routes["/robots.txt"] = Page("User-agent: *\nDisallow: /\n", "text/plain")
    site.routes["/private"] = Page(ARTICLE)
    made = a_source(world, org, "website", site.url("/private"))
    assert "robots.txt" in finished(world, made["last_job_id"], org)["error"]
    assert site.asked_for("/private") == []

    refused = world.api(org).post("/api/sources", json={"kind": "feed", "url": "http://169.254.169.254/latest"})
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["errors"]] == ["url"]
    site.routes["/away"] = Page(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    site.routes["/robots.txt"] = Page("", "text/plain")
    made = a_source(world, org, "feed", site.url("/away"))
    assert finished(world, made["last_job_id"], org)["status"] == "failed"
    assert titles(world, org) == []


def test_hostile_sources_end_with_a_reason_and_harm_nobody(world: World, site: Website) -> None:
    org, calm = world.newcomer("besieged"), world.newcomer("peaceful")
    flood = "<rss><channel><item " + " ".join(f"a{number}='1'" for number in range(16_000)) + "/></channel></rss>"
    bomb = '<!DOCTYPE r [<!ENTITY a "tea tea tea tea"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss>&b;</rss>'
    hostile = {
        "/gzip": gzip_bomb(),
        "/entities": Page(bomb, "application/rss+xml"),
        "/attributes": Page(flood, "application/rss+xml"),
        "/broken": Page("<rss><channel><item><title>Tea", "application/rss+xml"),
        "/charset": Page(b"\xff\xfe\x00tea\x80", "application/rss+xml; charset=utf-7"),
        "/loop": Page(status=302, headers={"Location": "/loop"}),
        "/html": Page("<html><body>No feed</body></html>"),
    }
    site.routes.update(hostile)
    site.routes["/feed.xml"] = feed("Green tea")
    jobs = [a_source(world, org, "feed", site.url(path))["last_job_id"] for path in hostile]
    peaceful = a_source(world, calm, "feed", site.url("/feed.xml"))
    assert finished(world, peaceful["last_job_id"], calm)["status"] == "completed"
    ended = [finished(world, job_id, org) for job_id in jobs]
    assert all(job["status"] == "completed" or job["error"] for job in ended)
    assert all(job["recoveries"] == 0 for job in ended), "no worker was lost"
    for source in world.items("/api/sources", org):
        fetch = source["last_fetch"]
        assert fetch["outcome"] in ("fetched", "failed")
        assert fetch["reason"] or fetch["outcome"] == "fetched"
    assert world.items("/api/notifications", org) == []
