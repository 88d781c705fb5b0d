"""SYNC_ANALYTICS: reads the metrics of an account's posts, those of the last 30 days.

Every post is recorded by itself, as soon as it was read: what a rate limit or a crash ends is not read again by the
same job, and its numbers are not added again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.analytics.count_reading import Reading, counted, gone
from functions.analytics.services import Services
from functions.analytics.when_to_read import OLDEST, is_due
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Post
from functions.shared.domain.measured.model import Measured
from functions.shared.domain.measured.store import Recorded
from functions.shared.domain.payloads import SyncAnalyticsPayload
from functions.shared.kernel.jobs.announce import wanted
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.kernel.notifications.notify import Event
from functions.shared.networks.port import Counted, CountsReader
from functions.shared.networks.unmeasured import why_unmeasured

_OUTCOMES = ("recorded", "gone", "not_due", "not_told", "overtaken")


def sync_account(job: Job, context: JobContext, *, services: Services) -> Mapping[str, Any]:
    """Read and record; answers how many posts there were and what became of them.

    `recorded` and `gone` count what this job has recorded in all its runs, `calls` those of the last run. `not_told`
    are posts the platform said nothing of, `overtaken` those of which another job recorded a later state meanwhile.
    """
    payload = parse_payload(SyncAnalyticsPayload, job.payload)
    account = services.account(job.org_id, payload.account_id)
    about = {"account_id": account.account_id, "network": account.network.value, "publisher": account.publisher}
    reason = why_unmeasured(account.publisher, account.network) or (
        None if account.enabled else f"the account {account.name} is switched off"
    )
    if reason is not None:
        return {**about, "posts": 0, "calls": 0, **dict.fromkeys(_OUTCOMES, 0), "note": reason}
    posts = list(_published(account, services))
    outcomes, calls = _read_all(job, context, account, posts, only_due=payload.only_due, services=services)
    counts = {name: outcomes[name] for name in _OUTCOMES}
    log.info("metrics read", action="metrics_read", account_id=account.account_id, calls=calls, counts=counts)
    return {**about, "posts": len(posts), "calls": calls, **counts}


def _published(account: Account, services: Services) -> Iterator[Post]:
    since, before = services.engine.clock() - OLDEST, None
    while True:
        page, before = services.contents.published(account.org_id, account.account_id, since=since, before=before)
        yield from page
        if before is None:
            return


def _read_all(
    job: Job, context: JobContext, account: Account, posts: Sequence[Post], *, only_due: bool, services: Services
) -> tuple[Counter[str], int]:
    states = services.metrics.many(account.org_id, [post.content_id for post in posts])
    outcomes: Counter[str] = Counter()
    wanted = []
    for post in posts:
        state = states.get(post.content_id)
        if state is not None and state.last_job_id == job.job_id:
            outcomes["gone" if state.gone else "recorded"] += 1
        elif only_due and not is_due(state, services.engine.clock()):
            outcomes["not_due"] += 1
        else:
            wanted.append(post)
    reader = services.readers(account.publisher)
    calls = 0
    for start in range(0, len(wanted), reader.most_posts):
        context.checkpoint()
        context.report(f"reading metrics: {start} of {len(wanted)} posts done")
        chunk = wanted[start : start + reader.most_posts]
        outcomes.update(_read(job, account, chunk, states, reader, services))
        calls += 1
    return outcomes, calls


def _read(
    job: Job,
    account: Account,
    posts: Sequence[Post],
    states: Mapping[str, Measured],
    reader: CountsReader,
    services: Services,
) -> Iterator[str]:
    """What became of each post, recorded one by one."""
    answer = reader.read(account, [post.platform_id for post in posts if post.platform_id])
    for post in posts:
        reading = _reading(job, post, states.get(post.content_id), answer, services)
        yield "not_told" if reading is None else _record(job, reading, services)


def _reading(job: Job, post: Post, before: Measured | None, answer: Counted, services: Services) -> Reading | None:
    platform_id = post.platform_id or ""
    if platform_id in answer.gone:
        return gone(post, before, job_id=job.job_id)
    metrics = answer.told.get(platform_id)
    if metrics is None:
        return None
    return counted(post, before, metrics, job_id=job.job_id, at=services.engine.clock(), rhythm=services.rhythm)


def _record(job: Job, reading: Reading, services: Services) -> str:
    after = reading.after
    try:
        services.metrics.record(
            reading.before,
            after,
            reading.snapshot,
            gained=reading.gained,
            learned=reading.learned,
            expires_at=services.engine.clock() + services.retention,
            also=_event(reading, services) if reading.learned else None,
        )
    except Recorded:
        stored = services.metrics.get(after.org_id, after.post_id)
        if stored is None or stored.last_job_id != job.job_id:
            return "overtaken"
    return "gone" if after.gone else "recorded"


def _event(reading: Reading, services: Services) -> Notification | None:
    post = reading.after
    return wanted(post.org_id, NotificationKind.LEARNING_CHANGED, lambda: _learned(post), engine=services.engine)


def _learned(post: Measured) -> Event:
    """A post has reached the age at which posts are compared: its rate counts from now on. Decision 0027."""
    return Event(
        org_id=post.org_id,
        event_id=f"learning-changed:{post.post_id}",
        kind=NotificationKind.LEARNING_CHANGED,
        at=post.learned_at or post.published_at,
        title="What posts teach has changed",
        reason="another post has reached the age at which posts are compared",
        advice="GET /api/learnings shows what is learned now.",
        link="/api/learnings",
        details={"post_id": post.post_id, "network": post.network.value, "rate": f"{post.learned_rate:.6f}"},
    )
