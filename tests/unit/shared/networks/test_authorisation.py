from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.clock import moment_of
from functions.shared.kernel.errors import RateLimited
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus, Priority
from functions.shared.kernel.jobs.policy import RetryPolicy
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.authorisation import AccountPaused, Authorisation, TokenBeingRenewed, waits_for_token
from functions.shared.networks.port import TokenRefused
from functions.shared.networks.tokens import fingerprint
from tests.support.accounts import an_x_account
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine


@dataclass
class Bench:
    """An account whose token X refuses, and the jobs that are planned for that."""

    clock: ManualClock
    secrets: MemorySecrets = field(
        default_factory=lambda: MemorySecrets({"accounts/acme/x-1": {"access_token": "old"}})
    )

    def __post_init__(self) -> None:
        self.engine = memory_engine(clock=self.clock)
        self.account = an_x_account(self.clock())
        self.used: list[str] = []

    @property
    def jobs(self) -> list[Job]:
        assert isinstance(self.engine.store, MemoryJobStore)
        return list(self.engine.store.jobs.values())

    def become(self, status: JobStatus, **changes: object) -> None:
        """The newest renewal is in this state now."""
        assert isinstance(self.engine.store, MemoryJobStore)
        job = replace(self.jobs[-1], status=status, **changes)  # type: ignore[arg-type]
        self.engine.store.jobs["acme", job.job_id] = job

    def wait(self, account: Account | None = None) -> RateLimited:
        """What a job is told that uses the refused token."""

        def refused(token: str) -> None:
            self.used.append(token)
            raise TokenRefused("no")

        with pytest.raises(RateLimited) as wait:
            Authorisation(self.secrets, self.engine).with_token(account or self.account, refused)
        return wait.value


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


def test_a_token_that_is_taken_is_used_and_nothing_is_planned(bench: Bench) -> None:
    assert Authorisation(bench.secrets, bench.engine).with_token(bench.account, str.upper) == "OLD"
    assert bench.jobs == []


def test_a_refused_token_is_renewed_by_one_job_whoever_asks(bench: Bench) -> None:
    first, second = bench.wait(), bench.wait()

    (job,) = bench.jobs
    assert (job.type, job.priority) == (JobType.REFRESH_TOKEN, Priority.HIGH)
    assert dict(job.payload) == {"account_id": "x-1", "stale": fingerprint("old")}
    assert isinstance(first, TokenBeingRenewed)
    assert first.retry_at == second.retry_at == bench.clock() + timedelta(seconds=5)
    assert bench.used == ["old", "old"]
    assert "old" not in first.reason


@pytest.mark.parametrize("secret", [{}, {"access_token": ""}, {"access_token": "to ken"}, {"access_token": "töken"}])
def test_without_a_usable_token_nothing_is_called(bench: Bench, secret: dict[str, str]) -> None:
    bench.secrets.put("accounts/acme/x-1", secret)

    assert isinstance(bench.wait(), TokenBeingRenewed)
    assert bench.used == []
    assert bench.jobs[0].payload["stale"] == fingerprint("")


def test_a_token_that_was_renewed_meanwhile_is_tried_once(bench: Bench) -> None:
    def refused(token: str) -> None:
        bench.used.append(token)
        bench.secrets.put("accounts/acme/x-1", {"access_token": "new"})
        raise TokenRefused("no")

    with pytest.raises(TokenBeingRenewed):
        Authorisation(bench.secrets, bench.engine).with_token(bench.account, refused)

    assert bench.used == ["old", "new"]
    assert bench.jobs[0].payload["stale"] == fingerprint("new")


def test_the_wait_grows_with_the_renewals_own(bench: Bench) -> None:
    bench.wait()
    waits = []
    for seconds in (5, 10, 20, 1000, 20):
        bench.clock.advance(seconds=seconds)
        waits.append((bench.wait().retry_at - bench.clock()).total_seconds())

    assert waits == [5, 15, 35, 900, 900]
    bench.become(JobStatus.QUEUED, not_before=bench.clock() + timedelta(minutes=20))
    assert bench.wait().retry_at == bench.clock() + timedelta(minutes=20)


def test_a_wait_of_hours_is_not_given_up(bench: Bench) -> None:
    deferrals, started = 0, bench.clock()
    while bench.clock() < started + timedelta(hours=2, minutes=30):
        bench.clock.now = bench.wait().retry_at
        deferrals += 1

    assert deferrals < RetryPolicy().most_deferrals


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
def test_after_a_renewal_that_failed_another_is_planned_in_the_next_window(bench: Bench, status: JobStatus) -> None:
    bench.clock.advance(minutes=10)
    bench.wait()
    bench.become(status, error="X does not accept this deployment's app", finished_at=bench.clock())

    held = bench.wait()

    assert "could not be renewed and is tried again: X does not accept this deployment's app" in held.reason
    assert held.retry_at == bench.clock() + timedelta(minutes=30)
    assert len(bench.jobs) == 1
    bench.clock.now = held.retry_at
    assert "is being renewed" in bench.wait().reason
    assert len(bench.jobs) == 2


def test_of_renewals_that_go_on_failing_users_hear_once(bench: Bench) -> None:
    for minutes in (25, 50):  # from the window's beginning: the second is planned in the window after the next
        bench.clock.advance(minutes=minutes)
        bench.wait()
        bench.become(JobStatus.FAILED, error="X answered 503", finished_at=bench.clock() + timedelta(minutes=20))
    bench.clock.now = bench.wait().retry_at
    held = bench.wait()

    assert [job.quiet for job in bench.jobs] == [False, True, True]
    bench.clock.now = held.retry_at + timedelta(days=1)
    bench.wait()
    assert [job.quiet for job in bench.jobs] == [False, True, True, False]


def test_a_renewal_is_listed_by_its_age_however_old_the_account_is(bench: Bench) -> None:
    bench.clock.advance(days=400, minutes=17)

    bench.wait()

    assert timedelta() <= bench.clock() - moment_of(bench.jobs[0].job_id) < timedelta(minutes=30)


def test_connecting_an_account_anew_begins_afresh_even_with_the_same_token(bench: Bench) -> None:
    bench.wait()
    bench.become(JobStatus.COMPLETED, result={"state": "needs_authorisation"})
    assert isinstance(bench.wait(), AccountPaused)

    bench.clock.advance(minutes=1)
    again = bench.account.model_copy(update={"state_since": bench.clock()})

    assert isinstance(bench.wait(again), TokenBeingRenewed)
    assert len(bench.jobs) == 2


class TestPaused:
    @pytest.fixture
    def paused(self, bench: Bench) -> Account:
        changes = {"state": AccountState.NEEDS_AUTHORISATION, "state_since": bench.clock()}
        return bench.account.model_copy(update=changes)

    def test_nothing_is_called_and_the_reason_says_what_helps(self, bench: Bench, paused: Account) -> None:
        wait = bench.wait(paused)

        assert isinstance(wait, AccountPaused)
        assert "the account Acme needs your authorisation: connect it anew" in wait.reason
        assert (bench.used, bench.jobs) == ([], [])

    def test_the_wait_grows_and_days_of_it_are_not_given_up(self, bench: Bench, paused: Account) -> None:
        waits: list[timedelta] = []
        while len(waits) < RetryPolicy().most_deferrals:
            wait = bench.wait(paused)
            waits.append(wait.retry_at - bench.clock())
            bench.clock.now = wait.retry_at

        assert waits[0] == timedelta(minutes=1)
        assert max(waits) == timedelta(hours=6)
        assert sum(waits, timedelta()) > timedelta(days=7)

    def test_it_is_never_longer_than_a_deployment_puts_jobs_off(self, bench: Bench, paused: Account) -> None:
        bench.engine = replace(bench.engine, policy=RetryPolicy(longest_deferral=timedelta(seconds=20)))
        bench.clock.advance(days=1)

        assert bench.wait(paused).retry_at == bench.clock() + timedelta(seconds=20)


def test_a_job_is_known_to_wait_for_its_accounts_token_by_its_reason(bench: Bench) -> None:
    paused = bench.account.model_copy(update={"state": AccountState.NEEDS_AUTHORISATION})
    being_renewed = bench.wait().reason
    bench.become(JobStatus.FAILED, error="no app", finished_at=bench.clock())
    for reason in (being_renewed, bench.wait().reason, bench.wait(paused).reason):
        job = replace(bench.jobs[0], status=JobStatus.QUEUED, reason=reason)
        assert waits_for_token(job, "x-1")
        assert not waits_for_token(job, "x-2")
        assert not waits_for_token(replace(job, status=JobStatus.PROCESSING), "x-1")
    assert not waits_for_token(replace(bench.jobs[0], status=JobStatus.QUEUED, reason="X's rate limit"), "x-1")
