"""An e-mail address is confirmed by the code that was mailed to it."""

from datetime import timedelta
from typing import Any

import pytest

from functions.shared.kernel.notifications.confirming import code_of, with_code
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock

SETTINGS = "/api/notification-settings"
OPS = "ops@acme.example"
CODE = "KMPQ-XWHD-TRSV"


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def named(api: Driver, *emails: str) -> str:
    """Name the addresses; the path of the first."""
    made = api("PUT", SETTINGS, {"emails": list(emails or (OPS,))})
    assert made.status == 200
    return f"{SETTINGS}/emails/{made.json['addresses'][0]['email_id']}"


def mail(api: Driver, clock: ManualClock, code: str = CODE) -> None:
    """What the notifier does when it mails a code."""
    before = api.notifications.preferences("acme")
    api.notifications.save_preferences("acme", before, with_code(before, OPS, code, salt="s", now=clock()))


def state(api: Driver) -> list[tuple[str, bool]]:
    addresses: list[dict[str, Any]] = api("GET", SETTINGS).json["addresses"]
    return [(each["email"], each["confirmed"]) for each in addresses]


def codes_asked(api: Driver) -> int:
    return sum(each.kind == "email.confirmation" for each in api.notifications.stored.values())


def test_a_new_address_is_unconfirmed_and_is_sent_one_code_however_often_it_is_named(api: Driver) -> None:
    for _ in range(3):
        named(api)
    assert state(api) == [(OPS, False)]
    (asked,) = api.notifications.stored.values()
    assert (asked.kind, asked.email, asked.details) == ("email.confirmation", OPS, None)
    assert api("GET", "/api/notifications").json["unread_count"] == 0
    assert api("GET", SETTINGS).json["emails"] == [OPS]


@pytest.mark.parametrize("given", [CODE, CODE.lower(), CODE.replace("-", ""), f" {CODE} "])
def test_the_code_confirms_the_address_as_it_is_typed(api: Driver, clock: ManualClock, given: str) -> None:
    path = named(api)
    mail(api, clock)
    answer = api("POST", f"{path}/confirm", {"code": given})
    assert (answer.status, state(api)) == (200, [(OPS, True)])
    again = api("POST", f"{path}/confirm", {"code": given})
    assert (again.status, again.json) == (200, answer.json)


def test_the_address_itself_names_it_too(api: Driver, clock: ManualClock) -> None:
    named(api)
    mail(api, clock)
    assert api("POST", f"{SETTINGS}/emails/ops%40acme.example/confirm", {"code": CODE}).status == 200


def test_after_five_wrong_codes_the_right_one_does_not_help_and_a_new_one_does(api: Driver, clock: ManualClock) -> None:
    path = named(api)
    mail(api, clock)
    for left in (4, 3, 2, 1, 0):
        wrong = api("POST", f"{path}/confirm", {"code": "AAAA-AAAA-AAAA"})
        assert (wrong.status, wrong.fields) == (422, ["code"])
        assert f"{left} tries are left" in wrong.text
    assert api("POST", f"{path}/confirm", {"code": CODE}).status == 409
    assert state(api) == [(OPS, False)]
    assert api("POST", f"{path}/send-code").status == 202
    mail(api, clock, "WWWW-WWWW-WWWW")
    assert api("POST", f"{path}/confirm", {"code": CODE}).status == 422, "a new code takes the place of the last"
    assert api("POST", f"{path}/confirm", {"code": "WWWW-WWWW-WWWW"}).status == 200


def test_a_code_holds_for_a_day(api: Driver, clock: ManualClock) -> None:
    path = named(api)
    assert api("POST", f"{path}/confirm", {"code": CODE}).status == 409, "none was mailed yet"
    mail(api, clock)
    clock.advance(hours=24)
    assert api("POST", f"{path}/confirm", {"code": CODE}).status == 409
    clock.now -= timedelta(seconds=1)
    assert api("POST", f"{path}/confirm", {"code": CODE}).status == 200


def test_three_codes_an_hour_can_be_asked_for_and_one_key_asks_once(api: Driver, clock: ManualClock) -> None:
    path = named(api)
    for _ in range(5):
        assert api("POST", f"{path}/send-code", headers={"Idempotency-Key": "k"}).status == 202
    assert codes_asked(api) == 2, "the first one, and that of the key"
    for _ in range(2):
        assert api("POST", f"{path}/send-code").status == 202
        clock.advance(minutes=1)
    assert api("POST", f"{path}/send-code").status == 409
    assert codes_asked(api) == 4
    clock.advance(hours=1)
    assert api("POST", f"{path}/send-code").status == 202


def test_a_confirmed_address_needs_no_code(api: Driver, clock: ManualClock) -> None:
    path = named(api)
    mail(api, clock)
    api("POST", f"{path}/confirm", {"code": CODE})
    assert api("POST", f"{path}/send-code").status == 409


def test_an_address_that_stays_stays_confirmed_and_one_that_comes_back_confirms_anew(
    api: Driver, clock: ManualClock
) -> None:
    path = named(api)
    mail(api, clock)
    api("POST", f"{path}/confirm", {"code": CODE})
    named(api, OPS, "new@acme.example")
    assert state(api) == [(OPS, True), ("new@acme.example", False)]
    named(api, "new@acme.example")
    clock.advance(minutes=1)
    named(api)
    assert state(api) == [(OPS, False)]
    assert codes_asked(api) == 3


def test_another_organisations_address_is_not_there(api: Driver, clock: ManualClock) -> None:
    path = named(api)
    mail(api, clock)
    assert api("POST", f"{path}/confirm", {"code": CODE}, claims=RIVAL).status == 404
    assert api("POST", f"{path}/send-code", claims=RIVAL).status == 404
    assert api("POST", f"{SETTINGS}/emails/none/confirm", {"code": CODE}).status == 404


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "a" * 51}, {"code": 7}])
def test_what_is_no_code_is_refused_and_costs_no_try(api: Driver, clock: ManualClock, body: dict[str, Any]) -> None:
    path = named(api)
    mail(api, clock)
    answer = api("POST", f"{path}/confirm", body)
    assert (answer.status, answer.fields) == (422, ["code"])
    assert api.notifications.preferences("acme").unconfirmed[0].tries == 0


def test_no_code_and_no_digest_is_shown(api: Driver, clock: ManualClock) -> None:
    named(api)
    mail(api, clock)
    (pending,) = api.notifications.preferences("acme").unconfirmed
    shown = api("GET", SETTINGS).text
    assert pending.digest is not None
    assert pending.digest not in shown
    assert CODE not in shown


def test_codes_are_of_letters_that_are_not_read_as_others() -> None:
    codes = {code_of(bytes([number] * 16)) for number in range(256)}
    assert len(codes) > 20
    assert not any(set(code) & set("IOL01U") for code in codes)
