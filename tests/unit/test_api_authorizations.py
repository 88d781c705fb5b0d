from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.api.x_sign_in import XSignIn
from functions.shared.content import Account, AccountState
from functions.shared.errors import FlywheelError, RateLimited, TransientError
from functions.shared.jobs.admit import Submission, plan
from functions.shared.jobs.model import Job, JobStatus, JobType
from functions.shared.store.memory import MemorySecrets
from functions.shared.x.authorisation import require_connected
from functions.shared.x.grants import OAuth, Tokens, XUser, read_app
from tests.accounts import an_x_account
from tests.api_driver import RIVAL, Answer, Driver, log_lines, make_driver, sign_in
from tests.clock import ManualClock
from tests.standins.x_oauth import XOAuth

BEGIN = "/api/accounts/authorizations"
ASK = {"network": "x", "redirect_uri": "https://console.example/connected"}


@dataclass
class Wobbly:
    """An OAuth client that fails before it asks: `errors` are raised in turn by the method they are for."""

    oauth: OAuth
    errors: dict[str, list[FlywheelError]]

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        self._fail("redeem")
        return self.oauth.redeem(code, verifier=verifier, redirect_uri=redirect_uri)

    def renew(self, refresh_token: str) -> Tokens:
        raise NotImplementedError

    def owner(self, access_token: str) -> XUser:
        self._fail("owner")
        return self.oauth.owner(access_token)

    def _fail(self, method: str) -> None:
        if self.errors.get(method):
            raise self.errors[method].pop(0)


@dataclass
class Bench:
    """The API, and X where the user agrees."""

    clock: ManualClock
    errors: dict[str, list[FlywheelError]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.x = XOAuth({}, self.clock)
        sign = sign_in(self.x)
        wobbly = Wobbly(sign.oauth(), self.errors)
        self.sign_in: XSignIn = replace(sign, oauth=lambda: wobbly)
        self.api: Driver = make_driver(self.clock, x=self.sign_in)

    def begin(self, **fields: Any) -> Any:
        answer = self.api("POST", BEGIN, {**ASK, **fields})
        assert answer.status == 201, answer.text
        return answer.json

    def finish(self, begun: Any, result: dict[str, str], **options: Any) -> Answer:
        return self.api("POST", f"{BEGIN}/{begun['authorization_id']}", result, **options)

    def connect(self, user_id: str = "1001", **fields: Any) -> Answer:
        begun = self.begin(**fields)
        return self.finish(begun, self.x.consent(begun["authorization_url"], user_id=user_id))

    def paused(self, account_id: str) -> Account:
        account = self.api.accounts.stored["acme", account_id]
        changes = {"state": AccountState.NEEDS_AUTHORISATION, "state_reason": "revoked", "state_since": self.clock()}
        self.api.accounts.put(account.model_copy(update=changes))
        return self.api.accounts.stored["acme", account_id]


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


def test_the_user_is_sent_to_x_with_a_challenge_a_state_and_the_scopes(bench: Bench) -> None:
    begun = bench.begin()

    address = urlsplit(begun["authorization_url"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    (pending,) = bench.sign_in.pending.stored.values()  # type: ignore[attr-defined]
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://x.example/authorize"
    assert asked | {"code_challenge": ""} == {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": "https://console.example/connected",
        "scope": "tweet.read tweet.write users.read offline.access",
        "state": pending.state,
        "code_challenge": "",
        "code_challenge_method": "S256",
    }
    assert begun["expires_at"] == "2026-11-22T05:10:00.000Z"
    assert 43 <= len(pending.verifier) <= 128
    assert pending.verifier not in begun["authorization_url"]


def test_an_account_is_connected_with_the_tokens_x_gives(bench: Bench) -> None:
    answer = bench.connect()

    account_id = answer.json["account_id"]
    assert (answer.status, answer.headers["Location"]) == (201, f"https://api.example/api/accounts/{account_id}")
    assert answer.json == {
        "account_id": account_id,
        "network": "twitter",
        "name": "@standin",
        "publisher": "x",
        "enabled": True,
        "created_at": "2026-11-22T05:00:00.000Z",
        "handle": "standin",
        "state": "connected",
        "state_reason": None,
        "state_since": None,
        "token_expires_at": "2026-11-22T07:00:00.000Z",
    }
    secret = bench.api.secrets.values[f"flywheel/accounts/acme/{account_id}"]
    assert bench.x.user_of(secret["access_token"]) == "1001"
    assert secret["refresh_token"] in bench.x.grants
    assert secret["expires_at"] == "2026-11-22T07:00:00.000Z"
    assert bench.api.accounts.stored["acme", account_id].platform_user_id == "1001"


def test_a_new_account_may_be_given_a_name(bench: Bench) -> None:
    assert bench.connect(name="Acme").json["name"] == "Acme"


def test_no_secret_is_in_an_answer_or_a_log_line(bench: Bench) -> None:
    with log_lines() as written:
        begun = bench.begin()
        result = bench.x.consent(begun["authorization_url"])
        texts = [
            bench.finish(begun, {**result, "code": "code-of-another"}).text,
            bench.connect().text,
            bench.api("GET", "/api/accounts").text,
        ]
    (pending, _) = bench.sign_in.pending.stored.values()  # type: ignore[attr-defined]
    (secret,) = bench.api.secrets.values.values()
    for hidden in (pending.verifier, "code-of-another", secret["access_token"], secret["refresh_token"]):
        assert all(hidden not in text for text in (*texts, written.getvalue()))
    assert pending.state not in "".join(texts) + written.getvalue()
    assert pending.verifier not in repr(pending)
    assert "client-secret-1" not in "".join(texts) + written.getvalue()


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"network": "linkedin"}, "network"),
        ({"redirect_uri": "http://console.example/"}, "redirect_uri"),
        ({"redirect_uri": "https://user@console.example/"}, "redirect_uri"),
        ({"redirect_uri": "https://console.example/#part"}, "redirect_uri"),
        ({"redirect_uri": "https://console.example\\@other.example/"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
        ({"redirect_uri": "https://[console"}, "redirect_uri"),
        ({"redirect_uri": "/connected"}, "redirect_uri"),
        ({"name": "a\nb"}, "name"),
        ({"account_id": "a b"}, "account_id"),
        ({"client_id": "mine"}, "client_id"),
    ],
)
def test_a_bad_field_is_named(bench: Bench, fields: dict[str, str], bad: str) -> None:
    answer = bench.api("POST", BEGIN, {**ASK, **fields})

    assert (answer.status, answer.fields) == (422, [bad])


@pytest.mark.parametrize("uri", ["http://localhost:8080/back", "http://127.0.0.1/", "http://[::1]:9/"])
def test_this_machine_needs_no_tls_to_come_back_to(bench: Bench, uri: str) -> None:
    assert bench.connect(redirect_uri=uri).status == 201


def test_without_an_app_the_operator_is_named_as_who_can_help(clock: ManualClock) -> None:
    missing = replace(sign_in(XOAuth({}, clock)), app=lambda: read_app(MemorySecrets(), "flywheel/x-app"))
    answer = make_driver(clock, x=missing)("POST", BEGIN, ASK)

    assert answer.status == 409
    assert "operator must make one" in answer.json["detail"]
    assert "flywheel/x-app" in answer.json["detail"]


def test_an_app_whose_secret_x_does_not_take_is_the_operators_to_mend(bench: Bench) -> None:
    begun = bench.begin()
    bench.x.client_secret = "another"

    answer = bench.finish(begun, bench.x.consent(begun["authorization_url"]))

    assert (answer.status, "operator must mend" in answer.json["detail"]) == (409, True)


class TestFinishing:
    def test_it_works_once(self, bench: Bench) -> None:
        begun = bench.begin()
        result = bench.x.consent(begun["authorization_url"])
        assert bench.finish(begun, result).status == 201

        again = bench.finish(begun, result)

        assert (again.status, "used already" in again.json["detail"]) == (409, True)
        assert len(bench.x.exchanges) == 1

    def test_it_works_for_ten_minutes(self, bench: Bench) -> None:
        begun = bench.begin()
        result = bench.x.consent(begun["authorization_url"])
        bench.clock.advance(minutes=10)

        answer = bench.finish(begun, result)

        assert (answer.status, "expired at" in answer.json["detail"]) == (409, True)
        assert bench.x.exchanges == []

    def test_it_is_the_organisations_own(self, bench: Bench) -> None:
        begun = bench.begin()
        result = bench.x.consent(begun["authorization_url"])

        assert bench.finish(begun, result, claims=RIVAL).status == 404
        for unknown in ("unknown", "a b"):
            assert bench.finish({"authorization_id": unknown}, result).status == 404
        assert bench.finish(begun, result).status == 201

    def test_another_state_is_refused_and_uses_nothing_up(self, bench: Bench) -> None:
        begun = bench.begin()
        result = bench.x.consent(begun["authorization_url"])

        answer = bench.finish(begun, {**result, "state": "another"})

        assert (answer.status, answer.fields) == (422, ["state"])
        assert bench.finish(begun, result).status == 201

    @pytest.mark.parametrize("result", [{}, {"code": "c"}, {"code": "c\nd", "state": "s"}, {"code": 5, "state": "s"}])
    def test_what_came_back_must_be_whole(self, bench: Bench, result: dict[str, str]) -> None:
        assert bench.finish(bench.begin(), result).status == 422

    def test_a_code_x_refuses_is_named_and_nothing_is_stored(self, bench: Bench) -> None:
        begun = bench.begin()
        result = bench.x.consent(begun["authorization_url"])

        answer = bench.finish(begun, {**result, "code": "code-of-another"})

        assert (answer.status, answer.fields) == (422, ["code"])
        assert (bench.api.accounts.stored, bench.api.secrets.values) == ({}, {})

    def test_a_code_meant_for_another_authorization_is_refused(self, bench: Bench) -> None:
        first, second = bench.begin(), bench.begin()
        code = bench.x.consent(first["authorization_url"])["code"]
        state = bench.x.consent(second["authorization_url"])["state"]

        assert bench.finish(second, {"code": code, "state": state}).fields == ["code"]

    @pytest.mark.parametrize(
        "error",
        [
            TransientError("X gave no answer: ReadTimeout"),
            RateLimited("X's rate limit is reached", retry_at=ManualClock()() + timedelta(minutes=1)),
        ],
    )
    def test_while_x_is_down_the_authorization_stays_to_be_finished(self, bench: Bench, error: FlywheelError) -> None:
        begun = bench.begin()
        result = bench.x.consent(begun["authorization_url"])
        bench.errors["redeem"] = [error]

        answer = bench.finish(begun, result)

        assert (answer.status, "Retry-After" in answer.headers) == (503, True)
        assert bench.finish(begun, result).status == 201

    def test_whose_account_it_is_is_asked_again(self, bench: Bench) -> None:
        bench.errors["owner"] = [TransientError("X answered 503")]

        assert bench.connect().status == 201

    @pytest.mark.parametrize(
        "error",
        [
            TransientError("X answered 503"),
            RateLimited("X's rate limit is reached", retry_at=ManualClock()() + timedelta(minutes=1)),
        ],
    )
    def test_tokens_of_nobody_known_are_not_kept(self, bench: Bench, error: FlywheelError) -> None:
        bench.errors["owner"] = [error] * 9

        answer = bench.connect()

        assert (answer.status, "begin another one" in answer.json["detail"]) == (503, True)
        assert (bench.api.accounts.stored, bench.api.secrets.values) == ({}, {})

    def test_an_x_user_is_not_connected_twice_by_two_calls_at_once(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = bench.begin()
        result = bench.x.consent(other["authorization_url"])
        overlapping: list[Answer] = []
        put = bench.api.accounts.put

        def put_late(account: Account) -> None:
            monkeypatch.setattr(bench.api.accounts, "put", put)
            overlapping.append(bench.finish(other, result))
            put(account)

        monkeypatch.setattr(bench.api.accounts, "put", put_late)
        connected = bench.connect()

        assert (connected.status, [answer.status for answer in overlapping]) == (201, [503])
        assert [account.account_id for account in bench.api.accounts.stored.values()] == [connected.json["account_id"]]
        assert (len(bench.api.secrets.values), bench.api.accounts.locks) == (1, {})


class TestConnectingAnew:
    def test_a_paused_account_is_connected_again_with_new_tokens(self, bench: Bench) -> None:
        account_id = bench.connect(name="Acme").json["account_id"]
        bench.x.revoke("1001")
        bench.paused(account_id)
        bench.clock.advance(hours=1)

        answer = bench.connect(account_id=account_id)

        assert (answer.status, answer.json["account_id"], answer.json["name"]) == (200, account_id, "Acme")
        assert (answer.json["state"], answer.json["state_reason"]) == ("connected", None)
        assert answer.json["state_since"] == "2026-11-22T06:00:00.000Z"
        assert answer.json["token_expires_at"] == "2026-11-22T08:00:00.000Z"
        (secret,) = bench.api.secrets.values.values()
        assert bench.x.user_of(secret["access_token"]) == "1001"
        assert bench.api.accounts.locks == {}

    def test_a_user_who_is_connected_already_is_connected_anew_and_not_twice(self, bench: Bench) -> None:
        account_id = bench.connect().json["account_id"]

        answer = bench.connect()

        assert (answer.status, answer.json["account_id"]) == (200, account_id)
        assert len(bench.api.accounts.stored) == 1

    def test_another_x_user_is_refused_and_named(self, bench: Bench) -> None:
        account_id = bench.connect().json["account_id"]
        before = dict(bench.api.secrets.values)
        bench.x.handles["1002"] = "other"

        answer = bench.connect("1002", account_id=account_id)

        assert answer.status == 409
        assert "you agreed as @other" in answer.json["detail"]
        assert "@standin" in answer.json["detail"]
        assert bench.api.secrets.values == before

    def test_an_account_whose_user_is_not_known_yet_learns_it(self, bench: Bench) -> None:
        bench.api.accounts.put(an_x_account(bench.clock()))

        assert bench.connect(account_id="x-1").json["handle"] == "standin"
        assert bench.api.accounts.stored["acme", "x-1"].platform_user_id == "1001"

    def test_two_accounts_of_one_user_are_refused(self, bench: Bench) -> None:
        bench.connect(name="First")
        bench.api.accounts.put(an_x_account(bench.clock()))

        answer = bench.connect(account_id="x-1")

        assert (answer.status, "as the account First" in answer.json["detail"]) == (409, True)

    @pytest.mark.parametrize(("account", "status"), [("unknown", 404), ("preview-1", 422)])
    def test_what_cannot_be_connected_anew_is_refused_at_the_beginning(
        self, bench: Bench, account: str, status: int
    ) -> None:
        changes = {"account_id": "preview-1", "publisher": "preview", "secret_id": None}
        bench.api.accounts.put(an_x_account(bench.clock()).model_copy(update=changes))

        assert bench.api("POST", BEGIN, {**ASK, "account_id": account}).status == status

    def test_another_organisations_account_cannot_be_taken_over(self, bench: Bench) -> None:
        account_id = bench.connect().json["account_id"]

        assert bench.api("POST", BEGIN, {**ASK, "account_id": account_id}, claims=RIVAL).status == 404

    def test_an_account_disconnected_meanwhile_is_not_brought_back(self, bench: Bench) -> None:
        account_id = bench.connect().json["account_id"]
        begun = bench.begin(account_id=account_id)
        result = bench.x.consent(begun["authorization_url"])
        bench.api("DELETE", f"/api/accounts/{account_id}")

        assert bench.finish(begun, result).status == 409
        assert (bench.api.accounts.stored, bench.api.secrets.values) == ({}, {})

    def test_it_waits_for_a_renewal_and_gives_up_saying_so(self, bench: Bench) -> None:
        account_id = bench.connect().json["account_id"]
        now = bench.clock()
        bench.api.accounts.lock("acme", account_id, owner="renewal", now=now, until=now + timedelta(seconds=60))

        answer = bench.connect(account_id=account_id)

        assert (answer.status, "being changed" in answer.json["detail"]) == (503, True)


def held_job(bench: Bench, account: Account) -> Job:
    """A job of the account that waits until its user connects it anew."""
    payload = {"content_id": "page-1", "account_id": account.account_id}
    engine = bench.api.services.engine
    job, _ = plan(
        Submission("acme", JobType.PUBLISH_CONTENT, payload, job_id=engine.new_id(engine.clock())), engine=engine
    )
    with pytest.raises(RateLimited) as pause:
        require_connected(account, engine)
    held = replace(job, reason=pause.value.reason, not_before=bench.clock() + timedelta(hours=6))
    bench.api.jobs.jobs["acme", job.job_id] = held
    return held


@pytest.mark.parametrize("by", ["authorization", "patch"])
def test_what_waited_for_the_account_goes_on_at_once_and_nothing_else(bench: Bench, by: str) -> None:
    account_id = bench.connect().json["account_id"]
    mine, others = held_job(bench, bench.paused(account_id)), held_job(bench, an_x_account(bench.clock(), **PAUSED))
    limited = replace(held_job(bench, bench.paused(account_id)), reason="X's rate limit is reached")
    bench.api.jobs.jobs["acme", limited.job_id] = limited

    if by == "authorization":
        assert bench.connect(account_id=account_id).status == 200
    else:
        answer = bench.api("PATCH", f"/api/accounts/{account_id}", {"access_token": "new"})
        assert (answer.json["state"], answer.json["token_expires_at"]) == ("connected", None)

    stored = bench.api.jobs.jobs
    assert (stored["acme", mine.job_id].status, stored["acme", mine.job_id].not_before) == (JobStatus.QUEUED, None)
    assert stored["acme", others.job_id].not_before == others.not_before
    assert stored["acme", limited.job_id].not_before == limited.not_before
    assert [message.job_id for _, message, _ in bench.api.sent.sent].count(mine.job_id) == 2


PAUSED = {"state": AccountState.NEEDS_AUTHORISATION}


def test_renaming_a_paused_account_does_not_connect_it(bench: Bench) -> None:
    account_id = bench.connect().json["account_id"]
    bench.paused(account_id)

    answer = bench.api("PATCH", f"/api/accounts/{account_id}", {"name": "Acme Labs"})

    assert (answer.json["state"], answer.json["state_reason"]) == ("needs_authorisation", "revoked")


def test_an_app_without_a_secret_names_itself_in_the_body(clock: ManualClock) -> None:
    x = XOAuth({}, clock, client_secret=None)
    api = make_driver(clock, x=sign_in(x))
    begun = api("POST", BEGIN, ASK).json

    answer = api("POST", f"{BEGIN}/{begun['authorization_id']}", x.consent(begun["authorization_url"]))

    assert answer.status == 201
