"""The demo's reading: a page and a feed become context items, which the next texts are written with."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.api import Api
from ops.errors import OpsError
from ops.progress import Say

Sleep = Callable[[float], None]

POLLS = 60
POLL_SECONDS = 1
_ACTIVE = ("queued", "processing")


@dataclass(frozen=True)
class Reading:
    """The sources as they are after their fetch, and the newest context items."""

    sources: Sequence[Mapping[str, Any]]
    items: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Addresses:
    """What is read: a page of a website, and a feed."""

    page: str
    feed: str


def addresses_of(
    site_url: str, pages: Sequence[Mapping[str, Any]], environ: Mapping[str, str] = os.environ
) -> Addresses:
    """The addresses the operator named; by default the site's own newest page and feed, which need no internet."""
    own = pages[0]["url"] if pages else f"{site_url}/demo/index.html"
    return Addresses(
        page=environ.get("FLYWHEEL_DEMO_PAGE") or own,
        feed=environ.get("FLYWHEEL_DEMO_FEED") or f"{site_url}/demo/feed.xml",
    )


def read_sources(api: Api, addresses: Addresses, say: Say, sleep: Sleep) -> Reading:
    """Have both read, now, and wait for it. Raises OpsError when one cannot be read."""
    sources = []
    for kind, url in (("website", addresses.page), ("feed", addresses.feed)):
        say(url)
        sources.append(_read(api, kind, url, sleep))
    say("")
    return Reading(sources, api.newest("/api/context"))


def _read(api: Api, kind: str, url: str, sleep: Sleep) -> Mapping[str, Any]:
    known = [source for source in api.newest("/api/sources") if (source["kind"], source["url"]) == (kind, url)]
    source = known[0] if known else api.post("/api/sources", {"kind": kind, "url": url})
    path = f"/api/sources/{source['source_id']}"
    job_id = api.post(f"{path}/fetch", {})["job_id"] if known else source["last_job_id"]
    for _ in range(POLLS):
        job = api.get(f"/api/jobs/{job_id}")
        if job["status"] == "completed":
            found: Mapping[str, Any] = api.get(path)
            return found
        if job["status"] not in _ACTIVE:
            raise OpsError(f"{url} could not be read: {job['error'] or job['reason']}")
        sleep(POLL_SECONDS)
    raise OpsError(f"{url} was not read within {POLLS * POLL_SECONDS} s. See `./flywheel status`.")
