"""Connecting an account again, and what waited for that."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import RateLimited
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.networks.authorisation import require_connected
from tests.support.accounts import an_x_account
from tests.support.api_driver import RIVAL
from tests.support.clock import ManualClock
from tests.support.x_bench import ASK, BEGIN, Bench


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


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
