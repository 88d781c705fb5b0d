from dataclasses import dataclass
from datetime import timedelta

import pytest

from functions.notifier import progress
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.notifications.model import Delivery, DeliveryState, Preferences, Try
from functions.shared.kernel.notifications.store import NoticeConflict
from functions.shared.kernel.outbound import webhooks_bounds
from tests.support.api_driver import RIVAL, Driver, log_lines, make_driver
from tests.support.clock import ManualClock
from tests.support.notices import a_notice

SETTINGS = "/api/notification-settings"
HOOK = "https://hooks.example/flywheel"


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def told(api: Driver, clock: ManualClock, count: int) -> list[str]:
    """So many notifications of acme; ids, newest first."""
    ids = []
    for number in range(count):
        notice = a_notice(clock, f"event-{number}")
        api.notifications.put(notice)
        ids.append(notice.notification_id)
        clock.advance(seconds=1)
    return ids[::-1]


def test_a_notification_says_what_happened_why_and_what_to_do(api: Driver, clock: ManualClock) -> None:
    (notification_id,) = told(api, clock, 1)
    answer = api("GET", "/api/notifications")
    assert answer.status == 200
    assert answer.json == {
        "items": [
            {
                "notification_id": notification_id,
                "kind": "source.unhealthy",
                "created_at": "2026-11-22T05:00:00.000Z",
                "title": "The source Blog cannot be read",
                "reason": "it answered 404 for a day",
                "advice": "Correct its address.",
                "link": "/api/sources/7",
                "retry_url": None,
                "count": 1,
                "told_with": None,
                "read_at": None,
                "deliveries": [],
                "unread": True,
            }
        ],
        "next_cursor": None,
        "unread_count": 1,
    }
    assert api("GET", "/api/notifications", claims=RIVAL).json["items"] == []


def test_the_list_is_paged_and_can_be_of_unread_ones_only(api: Driver, clock: ManualClock) -> None:
    ids = told(api, clock, 4)
    api("POST", f"/api/notifications/{ids[1]}/read")
    first = api("GET", "/api/notifications", query={"unread": "true", "limit": "2"}).json
    rest = api("GET", "/api/notifications", query={"unread": "true", "limit": "2", "cursor": first["next_cursor"]}).json
    found = [item["notification_id"] for page in (first, rest) for item in page["items"]]
    assert found == [ids[0], ids[2], ids[3]]
    assert (first["unread_count"], rest["next_cursor"]) == (3, None)
    other = api("GET", "/api/notifications", query={"cursor": first["next_cursor"]})
    assert (other.status, other.fields) == (422, ["cursor"])


def test_reading_is_remembered_with_its_first_time(api: Driver, clock: ManualClock) -> None:
    (notification_id,) = told(api, clock, 1)
    first = api("POST", f"/api/notifications/{notification_id}/read")
    clock.advance(hours=1)
    again = api("POST", f"/api/notifications/{notification_id}/read")
    assert first.json["read_at"] == again.json["read_at"] == "2026-11-22T05:00:01.000Z"
    assert api("GET", "/api/notifications").json["unread_count"] == 0


@pytest.mark.parametrize("notification_id", ["none", "%20", "a" * 65])
def test_an_unknown_notification_cannot_be_read(api: Driver, notification_id: str) -> None:
    assert api("POST", f"/api/notifications/{notification_id}/read").status == 404


def test_another_organisations_notification_is_not_there(api: Driver, clock: ManualClock) -> None:
    (notification_id,) = told(api, clock, 1)
    assert api("POST", f"/api/notifications/{notification_id}/read", claims=RIVAL).status == 404
    assert api("POST", "/api/notifications/read-all", claims=RIVAL).json == {"unread_count": 0}
    assert api("GET", "/api/notifications").json["unread_count"] == 1


def test_all_are_read_in_portions(api: Driver, clock: ManualClock) -> None:
    told(api, clock, 101)
    assert api("POST", "/api/notifications/read-all").json == {"unread_count": 1}
    assert api("POST", "/api/notifications/read-all").json == {"unread_count": 0}


def test_a_webhooks_key_is_shown_once_and_kept_in_the_secret_store(api: Driver) -> None:
    with log_lines() as written:
        made = api("PUT", SETTINGS, {"emails": ["ops@acme.example"], "webhooks": [{"url": HOOK}]})
    assert made.status == 200
    (webhook,) = made.json["webhooks"]
    assert webhook["secret"].startswith("whsec_")
    secret_id = f"flywheel/webhooks/acme/{webhook['webhook_id']}"
    assert api.secrets.values == {secret_id: {"key": webhook["secret"]}}
    shown = api("GET", SETTINGS)
    assert shown.json == {**made.json, "webhooks": [{**webhook, "secret": None}]}
    assert webhook["secret"] not in written.getvalue()
    assert api("GET", SETTINGS, claims=RIVAL).json == {"emails": [], "addresses": [], "webhooks": []}


def test_a_webhook_whose_url_stays_keeps_its_id_and_key_and_another_loses_its_key(api: Driver) -> None:
    first = api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}, {"url": f"{HOOK}/2"}]}).json["webhooks"]
    second = api("PUT", SETTINGS, {"webhooks": [{"url": f"{HOOK}/2"}, {"url": f"{HOOK}/2"}]}).json["webhooks"]
    assert second == [{**first[1], "secret": None}]
    assert list(api.secrets.values) == [f"flywheel/webhooks/acme/{first[1]['webhook_id']}"]


def test_a_rotated_key_leaves_the_old_one_valid_for_a_day(api: Driver) -> None:
    (webhook,) = api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}]}).json["webhooks"]
    rotated = api("POST", f"{SETTINGS}/webhooks/{webhook['webhook_id']}/rotate")
    assert rotated.status == 200
    assert rotated.json["secret"] != webhook["secret"]
    (stored,) = api.secrets.values.values()
    assert stored == {
        "key": rotated.json["secret"],
        "previous_key": webhook["secret"],
        "previous_until": "2026-11-23T05:00:00.000Z",
    }


def test_a_webhook_that_was_switched_off_is_shown_with_why_and_on_again_once_it_is_named(
    api: Driver, clock: ManualClock
) -> None:
    api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}]})
    chosen = api.notifications.preferences("acme")
    update = {"switched_off_at": clock(), "switched_off_because": "it answered 410"}
    off = chosen.webhooks[0].model_copy(update=update)
    api.notifications.save_preferences("acme", chosen, chosen.model_copy(update={"webhooks": (off,)}))
    (shown,) = api("GET", SETTINGS).json["webhooks"]
    assert (shown["switched_off_at"], shown["switched_off_because"]) == ("2026-11-22T05:00:00.000Z", "it answered 410")
    (again,) = api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}]}).json["webhooks"]
    assert (again["webhook_id"], again["secret"]) == (shown["webhook_id"], None)
    assert (again["switched_off_at"], again["switched_off_because"]) == (None, None)


def test_an_unknown_webhook_has_no_key_to_rotate(api: Driver) -> None:
    (webhook,) = api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}]}).json["webhooks"]
    path = f"{SETTINGS}/webhooks/{webhook['webhook_id']}/rotate"
    assert api("POST", path, claims=RIVAL).status == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"emails": ["nobody"]}, ["emails.0"]),
        ({"emails": ["a@b.example\r\nBcc: c@d.example"]}, ["emails.0"]),
        ({"emails": [f"a{n}@b.example" for n in range(11)]}, ["emails"]),
        ({"webhooks": [{"url": f"{HOOK}/{n}"} for n in range(6)]}, ["webhooks"]),
        ({"webhooks": [{"url": "http://hooks.example/"}]}, ["webhooks.0.url"]),
        ({"webhooks": [{"url": HOOK}, {"url": "https://127.0.0.1/"}]}, ["webhooks.1.url"]),
        ({"webhooks": [{"url": "https://169.254.169.254/latest"}]}, ["webhooks.0.url"]),
        ({"webhooks": [{"url": "https://168.63.129.16/"}]}, ["webhooks.0.url"]),
        ({"webhooks": [{"url": "https://[::ffff:10.0.0.1]/"}]}, ["webhooks.0.url"]),
        ({"webhooks": [{"url": "https://hooks.example:8080/"}]}, ["webhooks.0.url"]),
        ({"webhooks": [{"url": "https://user:pass@hooks.example/"}]}, ["webhooks.0.url"]),
        ({"webhooks": [{"url": "https://[/"}]}, ["webhooks.0.url"]),
        ({"webhooks": [{"url": "https://hooks.example/ä"}]}, ["webhooks.0.url"]),
        ({"webhooks": [{"url": HOOK, "secret": "mine"}]}, ["webhooks.0.secret"]),
        ({"phone": "1"}, ["phone"]),
    ],
)
def test_a_bad_address_is_named_and_nothing_changes(api: Driver, body: object, fields: list[str]) -> None:
    answer = api("PUT", SETTINGS, body)
    assert (answer.status, answer.fields) == (422, fields)
    assert api("GET", SETTINGS).json == {"emails": [], "addresses": [], "webhooks": []}
    assert not api.secrets.values


def test_loopback_may_be_called_where_the_deployment_allows_it(clock: ManualClock) -> None:
    api = make_driver(clock, webhooks_bounds=webhooks_bounds(allow_loopback=True))
    assert api("PUT", SETTINGS, {"webhooks": [{"url": "http://127.0.0.1:8000/hook"}]}).status == 200
    assert api("PUT", SETTINGS, {"webhooks": [{"url": "http://hooks.example/"}]}).status == 422
    assert api("PUT", SETTINGS, {"webhooks": [{"url": "https://10.0.0.1/"}]}).status == 422


def test_a_webhook_is_tried_out_with_an_event_for_it_alone_once_for_each_key(api: Driver, clock: ManualClock) -> None:
    hooks = api("PUT", SETTINGS, {"emails": ["ops@acme.example"], "webhooks": [{"url": HOOK}, {"url": f"{HOOK}/2"}]})
    webhook_id = hooks.json["webhooks"][1]["webhook_id"]
    path = f"{SETTINGS}/webhooks/{webhook_id}/test"
    made = api("POST", path, headers={"idempotency-key": "one"})
    assert (made.status, made.json["kind"]) == (202, "webhook.test")
    clock.advance(minutes=1)
    again = api("POST", path, headers={"idempotency-key": "one"})
    other = api("POST", path)
    assert again.json == made.json
    assert other.json["notification_id"] != made.json["notification_id"]
    assert api("GET", f"/api/notifications/{made.json['notification_id']}").json == made.json
    notice = api.notifications.get("acme", made.json["notification_id"])
    assert notice is not None
    held = progress.claimed(notice, api.notifications.preferences("acme"), now=clock())
    assert [each.target for each in held.deliveries] == [f"{HOOK}/2"]
    assert api("POST", path, claims=RIVAL).status == 404


def test_a_webhook_that_is_switched_off_cannot_be_tried_out(api: Driver, clock: ManualClock) -> None:
    (made,) = api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}]}).json["webhooks"]
    chosen = api.notifications.preferences("acme")
    off = chosen.webhooks[0].model_copy(update={"switched_off_at": clock()})
    api.notifications.save_preferences("acme", chosen, chosen.model_copy(update={"webhooks": (off,)}))
    assert api("POST", f"{SETTINGS}/webhooks/{made['webhook_id']}/test").status == 409


def an_ended(api: Driver, clock: ManualClock) -> str:
    """The path of a notification whose one delivery was given up."""
    tries = (Try(at=clock(), outcome="it answered 404", duration_ms=12),)
    ended = Delivery(
        channel="webhook", target=HOOK, webhook_id="7", state=DeliveryState.GIVEN_UP, attempts=1, tries=tries
    )
    notice = a_notice(clock).model_copy(update={"deliveries": (ended,), "due_at": None, "claims": 1})
    api.notifications.put(notice)
    return f"/api/notifications/{notice.notification_id}"


def test_every_try_is_shown_with_what_came_of_it(api: Driver, clock: ManualClock) -> None:
    (delivery,) = api("GET", an_ended(api, clock)).json["deliveries"]
    assert delivery["tries"] == [{"at": "2026-11-22T05:00:00.000Z", "outcome": "it answered 404", "duration_ms": 12}]
    assert api("GET", "/api/notifications/none").status == 404


def test_a_delivery_that_ended_is_sent_again_once_for_each_key(api: Driver, clock: ManualClock) -> None:
    path = an_ended(api, clock)
    clock.advance(hours=1)
    first = api("POST", f"{path}/deliveries/0/resend", headers={"idempotency-key": "one"})
    assert first.status == 202
    (delivery,) = first.json["deliveries"]
    assert (delivery["state"], delivery["next_at"]) == ("pending", "2026-11-22T06:00:00.000Z")
    (stored,) = api.notifications.newest("acme")[0]
    assert stored.due_at == clock()
    done = progress.with_delivery(stored, 0, stored.deliveries[0].model_copy(update={"state": DeliveryState.SENT}))
    api.notifications.put(done)
    again = api("POST", f"{path}/deliveries/0/resend", headers={"idempotency-key": "one"})
    assert (again.status, again.json["deliveries"][0]["state"]) == (202, "sent")
    assert api("POST", f"{path}/deliveries/0/resend").json["deliveries"][0]["state"] == "pending"
    assert api("POST", f"{path}/deliveries/0/resend").status == 409, "it is still being tried"


def test_a_delivery_that_is_not_there_or_in_a_workers_hands_is_not_sent_again(api: Driver, clock: ManualClock) -> None:
    path = an_ended(api, clock)
    assert api("POST", f"{path}/deliveries/1/resend").status == 404
    assert api("POST", f"{path}/deliveries/x/resend").status == 422
    assert api("POST", f"{path}/deliveries/0/resend", claims=RIVAL).status == 404
    (stored,) = api.notifications.newest("acme")[0]
    api.notifications.put(stored.model_copy(update={"claimed_until": clock() + timedelta(minutes=3)}))
    assert api("POST", f"{path}/deliveries/0/resend").status == 409


@dataclass
class UnwillingStore(MemoryNotificationStore):
    """A store that refuses changed preferences with this error."""

    error: Exception | None = None

    def save_preferences(self, org_id: str, before: Preferences, after: Preferences) -> None:
        assert self.error is not None
        raise self.error


@pytest.mark.parametrize(("error", "status"), [(NoticeConflict("acme"), 409), (TransientError("throttled"), 503)])
def test_new_keys_are_taken_back_when_the_settings_cannot_be_stored(
    clock: ManualClock, error: Exception, status: int
) -> None:
    api = make_driver(clock, notifications=UnwillingStore(error=error))
    assert api("PUT", SETTINGS, {"webhooks": [{"url": HOOK}]}).status == status
    assert not api.secrets.values


def test_each_webhook_chooses_its_events(api: Driver) -> None:
    hooks = [{"url": HOOK}, {"url": f"{HOOK}/2", "events": ["page.published", "job.failed", "page.published"]}]
    made = api("PUT", SETTINGS, {"webhooks": hooks})
    assert made.status == 200
    troubles = ["job.failed", "source.unhealthy", "account.needs_authorisation", "webhook.switched_off"]
    assert [each["events"] for each in made.json["webhooks"]] == [troubles, ["page.published", "job.failed"]]
    assert [each["events"] for each in api("GET", SETTINGS).json["webhooks"]] == [
        troubles,
        ["page.published", "job.failed"],
    ]
    changed = api("PUT", SETTINGS, {"webhooks": [{"url": HOOK, "events": ["learning.changed"]}]}).json["webhooks"]
    assert [(each["webhook_id"], each["events"]) for each in changed] == [
        (made.json["webhooks"][0]["webhook_id"], ["learning.changed"])
    ]


@pytest.mark.parametrize("events", [["page.deleted"], [], ["webhook.test"], "job.failed", [None]])
def test_events_that_do_not_exist_are_refused_by_name_of_the_field(api: Driver, events: object) -> None:
    answer = api("PUT", SETTINGS, {"webhooks": [{"url": HOOK, "events": events}]})
    assert answer.status == 422
    assert answer.fields[0].startswith("webhooks.0.events")
    assert api("GET", SETTINGS).json["webhooks"] == []
