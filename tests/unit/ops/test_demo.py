import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from ops.demo import DemoResult, invoke, run_demo, wait_for_pages, write_variants
from ops.demo_context import Addresses, Reading, addresses_of, read_sources
from ops.errors import OpsError
from ops.progress import Steps
from ops.show import market_data, show_demo


class FakeApi:
    """Answers lists from scripts, the last answer for ever; sources are read as soon as they are made."""

    def __init__(self, **lists: list[list[dict[str, Any]]]) -> None:
        self.lists = lists
        self.statuses: list[dict[str, Any]] = [{"status": "completed"}]
        self.sources: list[dict[str, Any]] = []
        self.posted: list[str] = []

    def newest(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        if path == "/api/sources":
            return self.sources
        script = self.lists.get(next(iter(parameters.values()), path.rpartition("/")[2]), [[]])
        return script.pop(0) if len(script) > 1 else script[0]

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.posted.append(path)
        if path == "/api/sources":
            self.sources.append(a_source(f"s{len(self.sources)}", body["kind"], body["url"]))
            return self.sources[-1]
        return {"job_id": "j1"}

    def get(self, path: str) -> dict[str, Any]:
        if path == "/api/analytics/summary":
            return SUMMARY
        if path.startswith("/api/sources/"):
            return next(source for source in self.sources if path.endswith(source["source_id"]))
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


WITHOUT_METRICS = [{"posts": 5, "reason": "preview posts are published nowhere"}]
SUMMARY = {"current": {"posts": 0}, "without_metrics": WITHOUT_METRICS}


def a_source(source_id: str, kind: str, url: str) -> dict[str, Any]:
    fetch = {"outcome": "fetched", "new": 3, "changed": 0, "unchanged": 1}
    return {
        "source_id": source_id,
        "kind": kind,
        "url": url,
        "last_job_id": "j1",
        "last_fetch": fetch,
        "health": "healthy",
    }


class FakeLambda:
    def __init__(self, payload: bytes, **more: str) -> None:
        self.answer = {"Payload": io.BytesIO(payload), **more}

    def invoke(self, **request: object) -> dict[str, Any]:
        return self.answer


class Naps:
    """Counts sleeps instead of sleeping."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, seconds: float) -> None:
        self.count += 1


def job(not_before: datetime | None = None, reason: str | None = None) -> dict[str, Any]:
    return {"not_before": not_before and not_before.isoformat(), "reason": reason}


def contents(kind: str, count: int) -> list[dict[str, Any]]:
    return [
        {
            "content_id": f"{kind}{n}",
            "parent_id": f"page{n}",
            "title": f"Title {n}",
            "url": f"http://site/{n}",
            "text": f"Text {n}",
            "network": "twitter",
            "publisher": "preview",
            "state": "published",
            "job_id": "j1",
            "topic": "A topic",
            "context": [{"item_id": "i1", "title": "A page that was read"}],
        }
        for n in range(count)
    ]


def result(pages: int = 5, posts: int = 5, source: str | None = "sample") -> DemoResult:
    generated = {"source": source, "sample_captured_at": "2026-03-11T08:00:00Z"}
    made = contents("page", pages), contents("post", posts), contents("variant", 4)
    failed = [{"type": "GENERATE_PAGE", "job_id": "j9", "error": "no [data]"}]
    sources = [a_source("s1", "feed", "http://site/feed.xml")]
    return DemoResult(
        generated,
        *made,
        reading=Reading(sources, [{"title": "A page that was read"}]),
        summary=SUMMARY,
        failed=failed,
        seconds={"write": 1.0},
    )


def test_waits_until_no_job_is_active_twice_in_a_row() -> None:
    api, naps, said = FakeApi(queued=[[job()], [], [job()], []]), Naps(), list[str]()

    wait_for_pages(api, said.append, naps)  # type: ignore[arg-type]

    assert naps.count == 4
    assert said[0] == "0 pages, 0 posts, jobs to go: 1"


def test_does_not_wait_for_a_retry_minutes_away_when_there_is_enough_to_show() -> None:
    far = datetime.now(UTC) + timedelta(minutes=5)
    lists = {"queued": [[job(far, "no network")]], "page": [contents("page", 5)], "post": [contents("post", 5)]}
    naps, said = Naps(), list[str]()

    wait_for_pages(FakeApi(**lists), said.append, naps)  # type: ignore[arg-type]

    assert naps.count == 1
    assert said[-1] == "5 pages, 5 posts, jobs to go: 1, waiting: no network"


def test_gives_up_waiting_when_the_time_is_up() -> None:
    naps = Naps()

    wait_for_pages(FakeApi(queued=[[job()]]), lambda text: None, naps)  # type: ignore[arg-type]

    assert naps.count == 100


def test_variants_are_those_of_the_job_that_was_submitted() -> None:
    api = FakeApi(variant=[[*contents("variant", 2), {"job_id": "another"}]])
    api.statuses = [{"status": "queued"}, {"status": "processing"}, {"status": "completed"}]

    assert write_variants(api, lambda text: None, Naps()) == contents("variant", 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_variants_job_that_does_not_complete_is_an_error_with_its_reason(status: str) -> None:
    api = FakeApi()
    api.statuses = [{"status": status, "error": "refused"}]

    with pytest.raises(OpsError, match=f"ended {status}: refused"):
        write_variants(api, lambda text: None, Naps())  # type: ignore[arg-type]


def test_a_lambda_that_raises_is_an_error_with_its_message() -> None:
    broken = FakeLambda(b'{"errorMessage": "bad settings"}', FunctionError="Unhandled")

    with pytest.raises(OpsError, match="bad settings"):
        invoke(broken, "generator")  # type: ignore[arg-type]


def test_runs_the_generator_then_shows_pages_posts_and_variants() -> None:
    api = FakeApi(page=[contents("page", 5)], post=[contents("post", 5)], variant=[contents("variant", 4)])
    generator = FakeLambda(b'{"source": "polymarket"}')

    with Steps(Console(file=io.StringIO())) as steps:
        made = run_demo(generator, "generator", api, steps, site_url="http://site", sleep=Naps())  # type: ignore[arg-type]

    assert made.is_complete
    assert len(made.variants) == 4
    assert [source["url"] for source in made.reading.sources] == ["http://site/0", "http://site/demo/feed.xml"]
    assert len(made.seconds) == 4
    assert market_data(made.generated) == "live from Polymarket"


@pytest.mark.parametrize(("pages", "posts"), [(4, 5), (5, 4)])
def test_is_complete_only_with_five_pages_and_five_posts(pages: int, posts: int) -> None:
    assert not result(pages, posts).is_complete


def test_the_report_says_where_the_data_came_from_and_what_failed() -> None:
    console = Console(file=io.StringIO(), width=60)

    show_demo(console, result(pages=12))

    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "the bundled sample, captured on 2026-03-11" in text
    assert "GENERATE_PAGE j9 failed: no [data]" in text
    assert "Title 0" in text
    assert "http://site/0\n" in text
    assert "and 2 earlier pages" in text
    assert "fetched: 3 new, 1" in text
    assert "preview posts are published nowhere" in text


def test_sources_that_are_there_already_are_read_again() -> None:
    api = FakeApi()
    addresses = Addresses(page="http://site/1", feed="http://site/demo/feed.xml")

    for _ in range(2):
        read_sources(api, addresses, lambda text: None, Naps())  # type: ignore[arg-type]

    assert api.posted == ["/api/sources"] * 2 + ["/api/sources/s0/fetch", "/api/sources/s1/fetch"]


def test_a_source_that_cannot_be_read_is_an_error_with_its_reason() -> None:
    api = FakeApi()
    api.statuses = [{"status": "failed", "error": "it answered 404", "reason": None}]

    with pytest.raises(OpsError, match="could not be read: it answered 404"):
        read_sources(api, Addresses("http://site/1", "http://site/2"), lambda text: None, Naps())  # type: ignore[arg-type]


def test_what_is_read_can_be_named() -> None:
    named = addresses_of("http://site", [], {"FLYWHEEL_DEMO_PAGE": "https://acme.example/"})

    assert named == Addresses(page="https://acme.example/", feed="http://site/demo/feed.xml")


def test_no_market_data_yet_is_said() -> None:
    assert market_data({}) == "none could be fetched yet"
