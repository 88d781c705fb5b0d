"""SYNC_ANALYTICS: reads the metrics of an account's posts, those of the last 30 days.

Every post is recorded by itself, as soon as it was read: what a rate limit or a crash ends is not read again by the
same job, and its numbers are not added again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.analytics.count_reading import Reading, counted, gone
from functions.analytics.meter import Meter
from functions.analytics.metrics.reader import Answer, MetricsReader
from functions.analytics.when_to_read import OLDEST, is_due
from functions.shared.content import Account, Post
from functions.shared.jobs.catalog import parse_payload
from functions.shared.jobs.heartbeat import JobContext
from functions.shared.jobs.model import Job
from functions.shared.log import log
from functions.shared.measured.model import Measured
from functions.shared.measured.store import Recorded
from functions.shared.measured.unmeasured import why_unmeasured
from functions.shared.messages import SyncAnalyticsPayload

_OUTCOMES = ("recorded", "gone", "not_due", "not_told", "overtaken")


def sync_account(job: Job, context: JobContext, *, meter: Meter) -> Mapping[str, Any]:
    """Read and record; answers how many posts there were and what became of them.

    `recorded` and `gone` count what this job has recorded in all its runs, `calls` those of the last run. `not_told`
    are posts the platform said nothing of, `overtaken` those of which another job recorded a later state meanwhile.
    """
    payload = parse_payload(SyncAnalyticsPayload, job.payload)
    account = meter.account(job.org_id, payload.account_id)
    about = {"account_id": account.account_id, "network": account.network.value, "publisher": account.publisher}
    reason = why_unmeasured(account.publisher, account.network) or (
        None if account.enabled else f"the account {account.name} is switched off"
    )
    if reason is not None:
        return {**about, "posts": 0, "calls": 0, **dict.fromkeys(_OUTCOMES, 0), "note": reason}
    posts = list(_published(account, meter))
    outcomes, calls = _read_all(job, context, account, posts, only_due=payload.only_due, meter=meter)
    counts = {name: outcomes[name] for name in _OUTCOMES}
    log.info("metrics read", action="metrics_read", account_id=account.account_id, calls=calls, counts=counts)
    return {**about, "posts": len(posts), "calls": calls, **counts}


def _published(account: Account, meter: Meter) -> Iterator[Post]:
    since, before = meter.engine.clock() - OLDEST, None
    while True:
        page, before = meter.contents.published(account.org_id, account.account_id, since=since, before=before)
        yield from page
        if before is None:
            return


def _read_all(
    job: Job, context: JobContext, account: Account, posts: Sequence[Post], *, only_due: bool, meter: Meter
) -> tuple[Counter[str], int]:
    states = meter.metrics.many(account.org_id, [post.content_id for post in posts])
    outcomes: Counter[str] = Counter()
    wanted = []
    for post in posts:
        state = states.get(post.content_id)
        if state is not None and state.last_job_id == job.job_id:
            outcomes["gone" if state.gone else "recorded"] += 1
        elif only_due and not is_due(state, meter.engine.clock()):
            outcomes["not_due"] += 1
        else:
            wanted.append(post)
    reader = meter.readers(account.publisher)
    calls = 0
    for start in range(0, len(wanted), reader.most_posts):
        context.checkpoint()
        context.report(f"reading metrics: {start} of {len(wanted)} posts done")
        chunk = wanted[start : start + reader.most_posts]
        outcomes.update(_read(job, account, chunk, states, reader, meter))
        calls += 1
    return outcomes, calls


def _read(
    job: Job,
    account: Account,
    posts: Sequence[Post],
    states: Mapping[str, Measured],
    reader: MetricsReader,
    meter: Meter,
) -> Iterator[str]:
    """What became of each post, recorded one by one."""
    answer = reader.read(account, [post.platform_id for post in posts if post.platform_id])
    for post in posts:
        reading = _reading(job, post, states.get(post.content_id), answer, meter)
        yield "not_told" if reading is None else _record(job, reading, meter)


def _reading(job: Job, post: Post, before: Measured | None, answer: Answer, meter: Meter) -> Reading | None:
    platform_id = post.platform_id or ""
    if platform_id in answer.gone:
        return gone(post, before, job_id=job.job_id)
    metrics = answer.told.get(platform_id)
    if metrics is None:
        return None
    return counted(post, before, metrics, job_id=job.job_id, at=meter.engine.clock(), rhythm=meter.rhythm)


def _record(job: Job, reading: Reading, meter: Meter) -> str:
    after = reading.after
    try:
        meter.metrics.record(
            reading.before,
            after,
            reading.snapshot,
            gained=reading.gained,
            learned=reading.learned,
            expires_at=meter.engine.clock() + meter.retention,
        )
    except Recorded:
        stored = meter.metrics.get(after.org_id, after.post_id)
        if stored is None or stored.last_job_id != job.job_id:
            return "overtaken"
    return "gone" if after.gone else "recorded"
