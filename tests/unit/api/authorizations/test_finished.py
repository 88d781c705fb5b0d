"""Coming back from X: once, in time, with a code and a state that belong together."""

from datetime import timedelta

import pytest

from functions.shared.domain.accounts.model import Account
from functions.shared.kernel.errors import FlywheelError, RateLimited, TransientError
from tests.support.api_driver import RIVAL, Answer
from tests.support.clock import ManualClock
from tests.support.x_bench import Bench


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


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
