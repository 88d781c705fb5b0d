"""Secrets in the addresses that users give: shown masked wherever they are shown, and kept when they come back so."""

import pytest

from functions.api.masked import addresses_meant
from functions.shared.domain.context.model import Fetch
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.notifications.model import Delivery, NotificationKind
from functions.shared.kernel.notifications.notify import Event, notification_of
from tests.support.api_driver import Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.sources import stored

SETTINGS = "/api/notification-settings"
FEED = "https://feeds.example/tea.xml?page=2&token=hunter22"
HOOK = "https://hooks.slack.com/services/T1/B1/hunter22"
OTHER_HOOK = "https://hooks.slack.com/services/T1/B2/hunter33"
SHOWN_HOOK = "https://hooks.slack.com/services/***"


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


@pytest.fixture
def source_id(api: Driver) -> str:
    made = api("POST", "/api/sources", {"kind": "feed", "url": FEED})
    assert made.json["url"] == "https://feeds.example/tea.xml?page=2&token=***"
    return str(made.json["source_id"])


def test_a_sources_secret_is_in_no_answer_and_stays_in_use(api: Driver, source_id: str) -> None:
    path = f"/api/sources/{source_id}"
    for answer in (api("GET", path), api("GET", "/api/sources"), api("PATCH", path, {"name": "Tea"})):
        assert answer.status == 200
        assert "hunter22" not in answer.text
    assert stored(api, source_id).url == FEED


def test_why_a_fetch_failed_is_told_without_the_secret(api: Driver, source_id: str, clock: ManualClock) -> None:
    failed = Fetch(
        attempt="1:1", at=clock(), outcome="failed", reason=f"{FEED} redirects to https://a:hunter22@b.example/"
    )
    source = stored(api, source_id)
    api.services.sources.replace(source, source.model_copy(update={"last_fetch": failed}))
    answer = api("GET", f"/api/sources/{source_id}")
    assert "redirects to https://***@b.example/" in answer.json["last_fetch"]["reason"]
    assert "hunter22" not in answer.text


def test_a_masked_address_keeps_the_sources_own_and_no_other_is_taken(api: Driver, source_id: str) -> None:
    path = f"/api/sources/{source_id}"
    shown = api("GET", path).json["url"]
    assert api("PATCH", path, {"url": shown, "name": "Tea"}).status == 200
    assert stored(api, source_id).url == FEED
    for body in ({"url": shown.replace("tea", "coffee")}, {"url": f"{shown}&x=1"}):
        answer = api("PATCH", path, body)
        assert (answer.status, answer.fields) == (422, ["url"])
        assert "stands for a secret" in answer.text
    answer = api("POST", "/api/sources", {"kind": "feed", "url": shown})
    assert (answer.status, answer.fields) == (422, ["url"])


def test_a_webhooks_secret_is_in_no_answer_and_what_is_shown_can_be_put_back(api: Driver) -> None:
    first = api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}, {"url": OTHER_HOOK}]})
    shown = api("GET", SETTINGS)
    assert [each["url"] for each in shown.json["webhooks"]] == [SHOWN_HOOK, SHOWN_HOOK]
    again = api("PUT", SETTINGS, {"emails": ["a@b.example"], "webhooks": [{"url": SHOWN_HOOK}, {"url": SHOWN_HOOK}]})
    assert again.status == 200, again.text
    assert ids(again.json) == ids(first.json)
    assert [each.url for each in api.services.notifications.preferences("acme").webhooks] == [HOOK, OTHER_HOOK]
    assert all("hunter" not in answer.text for answer in (first, shown, again))


def test_a_masked_webhook_that_may_be_either_of_two_is_refused(api: Driver) -> None:
    api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}, {"url": OTHER_HOOK}]})
    answer = api("PUT", SETTINGS, {"webhooks": [{"url": SHOWN_HOOK}]})
    assert (answer.status, answer.fields) == (422, ["webhooks.0.url"])
    assert "2 addresses of yours" in answer.text
    assert len(api.services.notifications.preferences("acme").webhooks) == 2


def ids(settings: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["webhook_id"] for each in settings["webhooks"]]


@pytest.mark.parametrize(("given", "kept", "meant"), [
    ([HOOK], [], [HOOK]), ([HOOK], [HOOK], [HOOK]), ([SHOWN_HOOK], [HOOK], [HOOK]),
    ([OTHER_HOOK, SHOWN_HOOK], [HOOK], [OTHER_HOOK, HOOK]),
    ([SHOWN_HOOK, SHOWN_HOOK], [HOOK, OTHER_HOOK], [HOOK, OTHER_HOOK]),
    ([SHOWN_HOOK], [], None), ([SHOWN_HOOK, SHOWN_HOOK], [HOOK], None), (["https://a.example/***"], [HOOK], None),
    (["https://a.example/***"], ["https://a.example/***"], ["https://a.example/***"]),
])  # fmt: skip
def test_what_is_meant_by_an_address_that_is_masked(given: list[str], kept: list[str], meant: list[str] | None) -> None:
    found = addresses_meant(given, kept)
    if meant is None:
        assert any(isinstance(each, PermanentError) for each in found)
    else:
        assert found == meant


def test_notifications_hold_no_secret_in_their_reason_nor_their_deliveries_target(
    api: Driver, clock: ManualClock
) -> None:
    event = Event(
        org_id="acme", event_id="1", kind=NotificationKind.JOB_FAILED, at=clock(), title="A job failed",
        link="/api/jobs/1",
        reason="it answered 401: Incorrect API key provided: sk-proj-hunter22hunter22", advice="Mend it.",
    )  # fmt: skip
    told = notification_of(event)
    assert told.reason == "it answered 401: Incorrect API key provided: ***"
    delivery = Delivery(channel="webhook", target=HOOK, reason=f"{HOOK}?token=hunter22 answers 500")
    api.services.notifications.add(told.model_copy(update={"deliveries": (delivery,)}), event_id="1")
    shown = api("GET", f"/api/notifications/{told.notification_id}")
    assert shown.json["deliveries"][0]["target"] == SHOWN_HOOK
    assert "hunter22" not in shown.text
