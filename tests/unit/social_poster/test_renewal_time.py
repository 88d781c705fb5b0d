"""No refresh token is spent by a worker that may not live to store the new one."""

from datetime import timedelta

import pytest

from functions.shared.kernel.errors import RateLimited
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.social_poster.renew_token import LEAST_TIME, Renewals, renew_token
from tests.support.clock import ManualClock
from tests.unit.social_poster.test_renew_token import Bench


def run(bench: Bench, *, left: timedelta) -> dict[str, object]:
    job = bench.job()
    context = JobContext(job, engine=bench.engine, deadline=bench.clock() + left)
    renewals = Renewals(bench.accounts, bench.secrets, lambda name: bench.oauth, bench.notifications, bench.engine)
    return dict(renew_token(job, context, renewals=renewals))


def test_with_too_little_time_left_nothing_is_exchanged_and_the_job_comes_back_soon(clock: ManualClock) -> None:
    bench = Bench(clock)

    with pytest.raises(RateLimited, match="too little time") as put_off:
        run(bench, left=LEAST_TIME - timedelta(seconds=1))

    assert put_off.value.retry_at == clock() + timedelta(seconds=5)
    assert (bench.x.exchanges, bench.secret, bench.accounts.locks) == ([], bench.old, {})


def test_with_time_enough_it_is_renewed(clock: ManualClock) -> None:
    bench = Bench(clock)

    assert run(bench, left=LEAST_TIME)["renewed"] is True
    assert len(bench.x.exchanges) == 1
