"""The reconciler with more to do than it has time for."""

from dataclasses import replace
from datetime import timedelta

from functions.reconciler.recover import Found, reconcile
from functions.shared.kernel.jobs.memory import MemoryJobStore
from tests.support.clock import ManualClock
from tests.support.job_runner import Runner


def test_a_backlog_of_a_hundred_thousand_due_jobs_delays_no_other_and_ends_in_time(clock: ManualClock) -> None:
    """Each call of the store takes 10 ms, and a run of the reconciler has 55 seconds."""
    runner = Runner(clock)
    a_job = replace(runner.submit(), dispatched_at=None)
    noisy = [replace(a_job, org_id="noisy", job_id=f"n{number:06d}") for number in range(100_000)]
    quiet = [replace(a_job, org_id=f"quiet-{number}", job_id="q") for number in range(50)]
    runner.clock.advance(seconds=31)
    began = runner.clock()

    class SlowStore(MemoryJobStore):
        def __getattribute__(self, name: str) -> object:
            if name in ("due", "get_many", "mark_dispatched", "postpone"):
                runner.clock.advance(milliseconds=10)
            return super().__getattribute__(name)

    runner.sent.clear()
    engine = replace(runner.engine, store=SlowStore({(job.org_id, job.job_id): job for job in noisy + quiet}))
    sweep = reconcile(engine=engine, stop_at=began + timedelta(seconds=55))
    assert runner.clock() - began < timedelta(seconds=55.1)
    sent = [message for _, message, _ in runner.sent]
    assert {job.org_id for job in quiet} <= {message.org_id for message in sent[:151]}
    assert sweep.counts[Found.SENT] > 4000
    assert sweep.counts[Found.LEFT_OVER] > 0
