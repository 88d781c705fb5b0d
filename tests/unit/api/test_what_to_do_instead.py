"""Refusals and failures that say what to do instead, where the finding alone would leave a user helpless."""

import socket
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from functions.scraper.fetch import GuardedFetch
from functions.scraper.scrape_page import ACCEPT as PAGES
from functions.scraper.sync_feed import ACCEPT as FEEDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.notifications.job_failed import about_failure
from tests.support.api_driver import make_driver
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.names import PUBLIC, Dialled, Names

AGAIN = "begin another one with POST /api/accounts/authorizations"


def fetch(status: int, media_type: str, accept: Sequence[str] = PAGES) -> None:
    """Read an address that answers with nothing but this."""
    head = f"HTTP/1.1 {status} Whatever\r\ncontent-type: {media_type}\r\ncontent-length: 0\r\n\r\n"
    GuardedFetch(resolver=Names([[PUBLIC]]), dialler=Dialled(head.encode()))("http://example.com/news", accept=accept)


def advice(clock: ManualClock, kind: JobType, payload: Mapping[str, Any]) -> str:
    """What users are advised when such a job has failed."""
    return about_failure(plan(Submission("acme", kind, payload), engine=memory_engine(clock=clock))[0]).advice


@pytest.mark.parametrize(
    ("media_type", "instead"),
    [
        ("application/rss+xml", "add it as a feed"),
        ("text/xml; charset=utf-8", "if it is a feed, add it as a feed"),
        ("application/pdf", "upload it as a document"),
        ("text/markdown", "upload it as a document"),
        ("image/png", "check that the address is the right one"),
    ],
)
def test_an_address_that_is_no_web_page_is_told_where_it_belongs(media_type: str, instead: str) -> None:
    with pytest.raises(PermanentError, match=f": {instead}$"):
        fetch(200, media_type)


def test_a_feed_in_json_is_told_which_formats_are_read() -> None:
    with pytest.raises(PermanentError, match="give the address of its RSS or Atom feed"):
        fetch(200, "application/feed+json", FEEDS)


def test_a_host_that_nobody_knows_has_its_address_checked() -> None:
    def unknown(*_: object) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(TransientError, match="its host name was not found; check the address"):
        GuardedFetch(resolver=unknown)("http://exmaple.com/news", accept=PAGES)


def test_a_page_that_is_not_there_has_its_address_checked() -> None:
    with pytest.raises(PermanentError, match="it answered 404: there is no such page; check the address"):
        fetch(404, "text/html")


@pytest.mark.parametrize("authorization_id", ["gone", "not an id"])
def test_an_unknown_authorization_is_not_looked_for_in_a_list_that_does_not_exist(
    clock: ManualClock, authorization_id: str
) -> None:
    path = f"/api/accounts/authorizations/{authorization_id}"
    refused = make_driver(clock)("POST", path, {"code": "1", "state": "2"})
    assert refused.status == 404
    assert refused.json["detail"] == f"there is no authorization {authorization_id}; {AGAIN}"


def test_an_empty_token_is_counted_in_characters(clock: ManualClock) -> None:
    refused = make_driver(clock)("POST", "/api/accounts", {"network": "x", "name": "Acme", "access_token": ""})
    assert refused.json["errors"] == [
        {"field": "access_token", "message": "Value should have at least 1 character"},
    ]


def test_a_failed_fetch_names_the_source_it_was_about(clock: ManualClock) -> None:
    told = advice(clock, JobType.SCRAPE_WEBSITE, {"source_id": "source-1"})
    assert told.startswith("It was about /api/sources/source-1. Mend the cause, then run")


def test_a_failed_post_names_its_content_and_its_account(clock: ManualClock) -> None:
    told = advice(clock, JobType.PUBLISH_CONTENT, {"content_id": "page-1", "account_id": "account-1"})
    assert told.startswith("It was about /api/content/page-1 and /api/accounts/account-1. Mend")


def test_a_job_about_nothing_that_is_kept_names_nothing(clock: ManualClock) -> None:
    assert advice(clock, JobType.GENERATE_CONTENT, {"topic": "Tea"}).startswith("Mend the cause")
