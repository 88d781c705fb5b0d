"""What operators can see of a job: its log lines and its counts."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from functions.api.jobs.change import cancel, retry
from functions.reconciler.recover import reconcile
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import FlywheelError, JobCancelled, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.memory import MemoryDispatcher
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.refusals import CapReached
from functions.shared.kernel.jobs.run import Delivery, run
from functions.shared.kernel.tally import Tally
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.log_lines import LogLines, captured

KIND = JobType.GENERATE_CONTENT
BY_TYPE = (("type", "GENERATE_CONTENT"),)


@pytest.fixture
def lines() -> Iterator[LogLines]:
    with captured() as found:
        yield found


@pytest.fixture
def engine(clock: ManualClock) -> Engine:
    return memory_engine(clock=clock, active_jobs_per_org=1)


def submitted(engine: Engine) -> Job:
    return submit(Submission("acme", KIND, {"topic": "tea"}), engine=engine)


def delivered(engine: Engine, work: Callable[[Job, JobContext], Mapping[str, Any]]) -> None:
    assert isinstance(engine.dispatcher, MemoryDispatcher)
    message = engine.dispatcher.sent[-1][1]
    run(message, Delivery(message_id="sqs-1"), handlers={KIND: work}, engine=engine)


def finishing(clock: ManualClock, error: FlywheelError | None = None) -> Callable[[Job, JobContext], Mapping[str, Any]]:
    """Work that takes 2.5 seconds and then ends this way."""

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        clock.advance(seconds=2.5)
        if error is not None:
            raise error
        return {}

    return work


def die(job: Job, context: JobContext) -> Mapping[str, Any]:
    raise KeyboardInterrupt


def counted(engine: Engine) -> dict[str, int]:
    return dict(engine.tally.counts.get(BY_TYPE, {}))


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "completed"),
        (TransientError("the model is overloaded"), "retried"),
        (RateLimited("too many posts", retry_at=ManualClock().now + timedelta(hours=2)), "deferred"),
        (PermanentError("the platform rejects it"), "failed"),
        (JobCancelled("cancelled by the user"), "cancelled"),
    ],
)
def test_an_execution_ends_in_one_line_and_one_count_of_its_outcome(
    error: FlywheelError | None, outcome: str, engine: Engine, clock: ManualClock, lines: LogLines
) -> None:
    job = submitted(engine)
    delivered(engine, finishing(clock, error))

    line = lines.only("job_run")
    assert {name: line[name] for name in ("job_id", "org_id", "type", "attempt", "duration_s", "outcome")} == {
        "job_id": job.job_id,
        "org_id": "acme",
        "type": "GENERATE_CONTENT",
        "attempt": 1,
        "duration_s": 2.5,
        "outcome": outcome,
    }
    assert line.get("reason") == (error.reason if error else None)
    assert counted(engine) == {"Admitted": 1, "Claimed": 1, outcome.capitalize(): 1}
    assert ("Duration", 2.5) in engine.tally.times[BY_TYPE]


def test_a_deferred_jobs_line_says_until_when_it_waits(engine: Engine, clock: ManualClock, lines: LogLines) -> None:
    retry_at = clock() + timedelta(hours=2)
    submitted(engine)
    delivered(engine, finishing(clock, RateLimited("too many posts", retry_at=retry_at)))
    assert lines.only("job_run")["not_before"] == retry_at.isoformat()


def test_an_unexpected_error_is_logged_with_its_traceback_beside_the_run(engine: Engine, lines: LogLines) -> None:
    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        raise ZeroDivisionError

    job = submitted(engine)
    delivered(engine, work)
    assert lines.only("handler_raised")["job_id"] == job.job_id
    assert "ZeroDivisionError" in lines.only("handler_raised")["exception"]
    assert lines.only("job_run")["outcome"] == "retried"


def test_waiting_is_from_when_a_job_could_run_to_when_it_was_claimed(
    engine: Engine, clock: ManualClock, lines: LogLines
) -> None:
    submitted(engine)
    clock.advance(seconds=3)
    delivered(engine, finishing(clock, TransientError("overloaded")))
    clock.advance(seconds=60 + 4)
    delivered(engine, finishing(clock))

    assert [line["waited_s"] for line in lines.of("job_claimed")] == [3, 4]
    assert [figure for figure in engine.tally.times[BY_TYPE] if figure[0] == "Waiting"] == [
        ("Waiting", 3),
        ("Waiting", 4),
    ]


def test_a_lost_workers_job_is_told_as_recovered_and_as_poison_in_the_end(
    engine: Engine, clock: ManualClock, lines: LogLines
) -> None:
    job = submitted(engine)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            delivered(engine, die)
        clock.advance(seconds=61)
        reconcile(engine=engine)
    delivered(engine, finishing(clock))

    assert [line["attempt"] for line in lines.of("job_recovered")] == [2, 3, 4]
    assert lines.only("job_poisoned")["job_id"] == job.job_id
    assert lines.only("job_run")["outcome"] == "failed"
    assert counted(engine) == {"Admitted": 1, "Claimed": 4, "Recovered": 3, "Failed": 1}


def test_a_second_delivery_that_takes_over_a_lost_workers_job_tells_it_too(
    engine: Engine, clock: ManualClock, lines: LogLines
) -> None:
    submitted(engine)
    with pytest.raises(KeyboardInterrupt):
        delivered(engine, die)
    clock.advance(seconds=61)
    delivered(engine, finishing(clock))
    assert lines.only("job_recovered")["attempt"] == 2


def test_what_a_user_does_to_a_job_is_told(engine: Engine, clock: ManualClock, lines: LogLines) -> None:
    job = submitted(engine)
    with pytest.raises(CapReached):
        submitted(engine)
    cancel("acme", job.job_id, engine=engine)
    retry("acme", job.job_id, engine=engine)

    def work(job: Job, context: JobContext) -> Mapping[str, Any]:
        cancel("acme", job.job_id, engine=engine)
        return {}

    delivered(engine, work)

    told = [line["action"] for line in lines.all() if line["action"].startswith("job_")]
    assert told == [
        "job_admitted",
        "job_refused",
        "job_cancelled",
        "job_restarted",
        "job_claimed",
        "job_cancel_requested",
        "job_run",
    ]


def test_a_tally_writes_one_line_for_each_set_of_dimensions_and_begins_anew(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    for seconds in (0.5, 1.5):
        tally.count("Claimed", type="GENERATE_PAGE")
        tally.time("Waiting", seconds, type="GENERATE_PAGE")
    tally.count("ActiveJobs", 0, state="waiting")
    tally.publish()
    tally.publish()

    page, gauge = map(json.loads, capsys.readouterr().out.splitlines())
    (directive,) = page["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Flywheel"
    assert directive["Dimensions"] == [["type"]]
    assert {each["Name"]: each["Unit"] for each in directive["Metrics"]} == {
        "Claimed": "Count",
        "Waiting": "Milliseconds",
    }
    assert (page["type"], page["Claimed"], page["Waiting"]) == ("GENERATE_PAGE", [2.0], [500.0, 1500.0])
    assert (gauge["state"], gauge["ActiveJobs"]) == ("waiting", [0.0])


def test_figures_that_cannot_be_written_fail_nothing(lines: LogLines) -> None:
    tally = Tally()
    tally.count("Claimed", type="")  # CloudWatch takes no empty dimension
    tally.publish()
    assert lines.only("metrics_lost")["level"] == "WARNING"
    assert tally.counts == {}
