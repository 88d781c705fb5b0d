"""Whatever a POST can make has a limit, and a POST that nobody has thought about fails here. Decision 0035."""

from typing import Any

import pytest

from functions.shared.domain.limits import MOST_ACCOUNTS, MOST_DOCUMENTS, MOST_SCHEDULES, MOST_SOURCES
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.schedules import TEA
from tests.support.sources import a_document, a_source

JOBS = "slots: MOST_ACTIVE_JOBS"
NOTHING = "makes nothing that stays"
BOUNDED = {
    "/api/ai/generate": JOBS,
    "/api/jobs": JOBS,
    "/api/jobs/bulk": JOBS,
    "/api/jobs/{job_id}/retry": JOBS,
    "/api/sources/{source_id}/fetch": JOBS,
    "/api/documents/{document_id}/process": JOBS,
    "/api/accounts": "MOST_ACCOUNTS",
    "/api/accounts/authorizations": "forgotten a day after it expires",
    "/api/accounts/authorizations/{authorization_id}": "MOST_ACCOUNTS",
    "/api/sources": "MOST_SOURCES",
    "/api/documents": "MOST_DOCUMENTS",
    "/api/schedules": "MOST_SCHEDULES",
    "/api/notifications/{notification_id}/read": NOTHING,
    "/api/notifications/read-all": NOTHING,
    "/api/notifications/{notification_id}/deliveries/{delivery}/resend": "one delivery of its own notification",
    "/api/notification-settings/emails/{email_id}/send-code": "mails an hour and address",
    "/api/notification-settings/emails/{email_id}/confirm": NOTHING,
    "/api/notification-settings/webhooks/{webhook_id}/rotate": "the key of one of MOST_WEBHOOKS",
    "/api/notification-settings/webhooks/{webhook_id}/test": "forgotten with its notification, after 30 days",
    "/api/dead-letters/{lane}/redrive": "moves what is there",
}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def test_every_post_of_the_contract_says_what_bounds_it(api: Driver) -> None:
    paths = api("GET", "/openapi.json").json["paths"]
    posts = {path for path, methods in paths.items() if "post" in methods}
    assert posts == set(BOUNDED)


@pytest.mark.parametrize(
    ("path", "body", "most", "things"),
    [
        ("/api/accounts", {"network": "linkedin", "name": "One of many"}, MOST_ACCOUNTS, "accounts"),
        ("/api/schedules", TEA, MOST_SCHEDULES, "schedules"),
        ("/api/documents", {"name": "a.txt", "media_type": "text/plain", "size": 5}, MOST_DOCUMENTS, "documents"),
        ("/api/sources", {"kind": "website", "url": "https://8.8.8.8/"}, MOST_SOURCES, "sources"),
    ],
)
def test_one_more_than_there_may_be_is_refused_with_the_limit_and_the_way_out(
    api: Driver, clock: ManualClock, path: str, body: dict[str, Any], most: int, things: str
) -> None:
    fill(api, clock, path, body, most)
    refused = api("POST", path, body)
    assert refused.status == 409
    assert refused.json["type"] == "urn:flywheel:problem:limit-reached"
    assert refused.json["limit"] == most
    assert refused.json["detail"] == f"an organisation can have {most} {things}; delete one first"
    assert api("POST", path, body, claims=RIVAL).status == 201


def fill(api: Driver, clock: ManualClock, path: str, body: dict[str, Any], most: int) -> None:
    for number in range(most):
        if path == "/api/documents":
            api.documents.put(a_document(clock(), document_id=f"d{number:04}"))
        elif path == "/api/sources":
            api.sources.add(a_source(clock(), source_id=f"s{number:04}", url=f"https://tea.example/{number}"))
        else:
            assert api("POST", path, body).status == 201
