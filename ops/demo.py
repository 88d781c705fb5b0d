"""The main job, run and watched: market data to pages, pages to posts, sources to context, a topic to variants."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops.api import Api
from ops.demo_context import Reading, addresses_of, read_sources
from ops.errors import OpsError
from ops.progress import Say, Steps

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

TOPIC = "How prediction markets put a price on the news"
WANTED = 5
POLLS = 100
POLL_SECONDS = 1
_ACTIVE = ("queued", "processing")

Content = dict[str, Any]
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class DemoResult:
    """What the demo made or found.

    `generated` is the generator's own answer, `summary` what is known of how posts did; `seconds` times each part.
    """

    generated: Mapping[str, Any]
    pages: list[Content]
    posts: list[Content]
    variants: list[Content]
    reading: Reading
    summary: Mapping[str, Any]
    failed: list[Content]
    seconds: Mapping[str, float]

    @property
    def is_complete(self) -> bool:
        """Whether there is as much as the demo promises."""
        return len(self.pages) >= WANTED and len(self.posts) >= WANTED


def run_demo(
    functions: "LambdaClient", generator: str, api: Api, steps: Steps, *, site_url: str, sleep: Sleep = time.sleep
) -> DemoResult:
    """Do the main job once and wait for what comes of it. Raises OpsError when it cannot run at all."""
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[Say], Any]) -> Any:
        started = time.monotonic()
        with steps.step(name) as say:
            result = work(say)
        seconds[name] = time.monotonic() - started
        return result

    generated = timed("fetch trending markets and plan a page for each", lambda say: invoke(functions, generator))
    timed("write pages, publish them, post about each", lambda say: wait_for_pages(api, say, sleep))
    pages = api.newest("/api/content", kind="page")
    addresses = addresses_of(site_url, pages)
    reading = timed("read a page and a feed", lambda say: read_sources(api, addresses, say, sleep))
    variants = timed("write a topic's variants for four networks", lambda say: write_variants(api, say, sleep))
    return DemoResult(
        generated=generated,
        pages=pages,
        posts=api.newest("/api/content", kind="post"),
        variants=variants,
        reading=reading,
        summary=api.get("/api/analytics/summary"),
        failed=api.newest("/api/jobs", status="failed"),
        seconds=seconds,
    )


def invoke(functions: "LambdaClient", name: str) -> dict[str, Any]:
    """Run a Lambda with `{}` and wait for its answer. Raises OpsError with its own error."""
    answer = functions.invoke(FunctionName=name, Payload=b"{}")
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OpsError(f"The Lambda {name} failed: {payload.get('errorMessage', payload)}")
    return dict(payload or {})


def wait_for_pages(api: Api, say: Say, sleep: Sleep) -> None:
    """Until no page or post is in work any more, or the time is up; what is missing then shows in the report.

    A job that waits for a retry minutes away is not waited for once there is enough to show.
    """
    quiet = 0
    for _ in range(POLLS):
        pages, posts = len(api.newest("/api/content", kind="page")), len(api.newest("/api/content", kind="post"))
        active = [job for status in _ACTIVE for job in api.newest("/api/jobs", status=status)]
        waiting = next((job["reason"] for job in active if job["reason"]), None)
        jobs = f", jobs to go: {len(active)}" if active else ""
        say(f"{pages} pages, {posts} posts{jobs}{f', waiting: {waiting}' if waiting else ''}")
        enough = pages >= WANTED and posts >= WANTED
        done = not active or (enough and all(_is_postponed(job) for job in active))
        quiet = quiet + 1 if done else 0
        if quiet == 2:  # once is not enough: a job may change its status between the two lists
            return
        sleep(POLL_SECONDS)


def _is_postponed(job: Mapping[str, Any]) -> bool:
    if job["not_before"] is None:
        return False
    return datetime.fromisoformat(job["not_before"]) - datetime.now(UTC) > timedelta(seconds=5)


def write_variants(api: Api, say: Say, sleep: Sleep) -> list[Content]:
    """Have a topic written for the default networks. Raises OpsError when the job fails or takes too long."""
    accepted = api.post("/api/ai/generate", {"topic": TOPIC, "priority": "high"})
    for _ in range(POLLS):
        status = api.get(f"/api/ai/generate/status/{accepted['job_id']}")
        say(status["status"])
        if status["status"] == "completed":
            say("")
            made = api.newest("/api/content", kind="variant")
            return [variant for variant in made if variant["job_id"] == accepted["job_id"]]
        if status["status"] not in _ACTIVE:
            raise OpsError(f"Writing the variants ended {status['status']}: {status.get('error')}")
        sleep(POLL_SECONDS)
    raise OpsError(f"The variants were not written within {POLLS * POLL_SECONDS} s. See `./flywheel status`.")
