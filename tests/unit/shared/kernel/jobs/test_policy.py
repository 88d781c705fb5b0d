from datetime import timedelta

import pytest

from functions.shared.kernel.jobs.policy import MAX_SQS_DELAY, RetryPolicy

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("failures", "delay"), [(1, MINUTE), (2, 5 * MINUTE), (3, 15 * MINUTE), (4, None), (9, None)])
def test_a_job_runs_four_times_at_one_five_and_fifteen_minutes(failures: int, delay: timedelta | None) -> None:
    assert RetryPolicy().next_delay(failures, lambda: 0.0) == delay


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_jitter_only_shortens_and_by_a_tenth_at_most(failures: int) -> None:
    exact = RetryPolicy().next_delay(failures, lambda: 0.0)
    jittered = RetryPolicy().next_delay(failures, lambda: 0.999)
    assert exact is not None
    assert jittered is not None
    assert 0.9 * exact < jittered < exact <= MAX_SQS_DELAY
