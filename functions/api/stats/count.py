"""Counts jobs without reading the table: active ones from the index of due jobs, finished ones from that by status."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.api.stats.models import ActiveJobs, FinishedJobs, QueueDepth, Stats
from functions.shared.kernel.aws import classified
from functions.shared.kernel.dead_letters.queues import DeadLetterQueues
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.schedules.expression import parse_expression
from functions.shared.kernel.schedules.upcoming import upcoming

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

Depths = Callable[[], dict[str, QueueDepth]]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_AT_ONCE = 8
_ENDS = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


def job_stats(
    org_ids: Sequence[str],
    *,
    engine: Engine,
    org_id: str | None,
    queues: dict[str, QueueDepth] | None,
    next_runs: dict[str, datetime] | None,
) -> Stats:
    """The figures of these organisations together; `org_id` names them in the answer."""
    now = engine.clock()
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        jobs = [job for found in pool.map(lambda org: _active(org, engine), org_ids) for job in found]
    return Stats(
        org_id=org_id,
        at=now,
        active=_summary(jobs, now),
        last_hour=_finished(org_ids, HOUR, now, engine),
        last_day=_finished(org_ids, DAY, now, engine),
        queues=queues,
        next_runs=next_runs,
    )


def queue_depths(queue_urls: Mapping[str, str], dead: DeadLetterQueues, sqs: "Callable[[], SQSClient]") -> Depths:
    """Looks at every queue, several at once."""

    def depth(lane: str) -> QueueDepth:
        with classified("looking at the queue"):
            counts = sqs().get_queue_attributes(
                QueueUrl=queue_urls[lane],
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )["Attributes"]
        return QueueDepth(
            waiting=int(counts["ApproximateNumberOfMessages"]),
            in_flight=int(counts["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(counts["ApproximateNumberOfMessagesDelayed"]),
            dead=dead.count(lane),
        )

    def look() -> dict[str, QueueDepth]:
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return dict(zip(queue_urls, pool.map(depth, queue_urls), strict=True))

    return look


def next_runs(timetables: Mapping[str, str], now: datetime) -> dict[str, datetime]:
    """When each of the deployment's own schedules runs next, given their expressions in UTC.

    A rate counts from when its schedule was made, which is not known here: its next run is within one period.
    """
    found: dict[str, datetime] = {}
    for name, expression in timetables.items():
        runs = upcoming(parse_expression(expression), "UTC", after=now, since=now, count=1)
        found.update((name, moment) for moment in runs)
    return found


def _active(org_id: str, engine: Engine) -> list[Job]:
    jobs = engine.store.get_many(org_id, engine.store.active(org_id))
    return [job for job in jobs if not job.status.is_terminal]


def _summary(jobs: Sequence[Job], now: datetime) -> ActiveJobs:
    processing = sum(job.status is JobStatus.PROCESSING for job in jobs)
    oldest = min((job.created_at for job in jobs), default=None)
    age = None if oldest is None else max(0.0, (now - oldest).total_seconds())
    return ActiveJobs(queued=len(jobs) - processing, processing=processing, oldest_age_seconds=age)


def _finished(org_ids: Sequence[str], period: timedelta, now: datetime, engine: Engine) -> FinishedJobs:
    asked = [(org_id, status) for org_id in org_ids for status in _ENDS]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        counts = list(pool.map(lambda each: engine.store.count_finished(*each, since=now - period), asked))
    ended = {status: sum(n for (_, each), n in zip(asked, counts, strict=True) if each is status) for status in _ENDS}
    completed, failed = ended[JobStatus.COMPLETED], ended[JobStatus.FAILED]
    return FinishedJobs(
        completed=completed,
        failed=failed,
        cancelled=ended[JobStatus.CANCELLED],
        per_minute=round(sum(ended.values()) / (period.total_seconds() / 60), 3),
        failure_rate=round(failed / (completed + failed), 4) if completed + failed else None,
    )
