"""Analytics with everything in memory, over a platform in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from functions.analytics.meter import Meter
from functions.analytics.metrics.memory import MemoryMetricsReader
from functions.analytics.metrics.reader import MetricsReader
from functions.analytics.plan_syncs import plan_syncs
from functions.analytics.tell_failure import sync_or_tell
from functions.analytics.when_to_read import Rhythm
from functions.shared.content import Account, Organisation, Post, PostState
from functions.shared.jobs.admit import Submission, plan
from functions.shared.jobs.memory import MemoryJobStore, memory_engine
from functions.shared.jobs.model import Job, JobType
from functions.shared.jobs.run import Delivery, run
from functions.shared.measured.memory import MemoryMetrics
from functions.shared.measured.model import Choice
from functions.shared.messages import JobMessage
from functions.shared.networks import Network
from functions.shared.store.memory import MemoryAccountStore, MemoryContentStore
from functions.shared.tick import Tick
from tests.clock import ManualClock
from tests.contents import a_post

FOUNDED = datetime(2026, 1, 1, tzinfo=UTC)


def an_account(account_id: str = "acme-on-x", **changes: Any) -> Account:
    account = Account(
        org_id="acme",
        account_id=account_id,
        network=Network.TWITTER,
        publisher="x",
        name=f"@{account_id}",
        secret_id=f"accounts/acme/{account_id}",
        created_at=FOUNDED,
    )
    return account.model_copy(update=changes)


def a_published_post(
    published_at: datetime, number: int = 1, *, style: str | None = "question", **changes: Any
) -> Post:
    """A post on X; its id there is `number`."""
    common = {
        "content_id": f"post-{number}",
        "publisher": "x",
        "account_id": "acme-on-x",
        "state": PostState.PUBLISHED,
        "published_at": published_at,
        "platform_id": str(number),
        "url": f"https://x.com/i/status/{number}",
        "hashtags": ("Tea",),
        "choice": Choice(style=style, propensity=0.5) if style else None,
    }
    return a_post(published_at, **{**common, **changes})


@dataclass
class Lab:
    """A meter with one organisation, `acme`, which has one account on X, and what tests do with it."""

    clock: ManualClock
    reader: MetricsReader = field(default_factory=MemoryMetricsReader)
    rhythm: Rhythm = field(default_factory=Rhythm)

    def __post_init__(self) -> None:
        self.engine = memory_engine(clock=self.clock)
        self.contents, self.accounts = MemoryContentStore(), MemoryAccountStore()
        self.metrics = MemoryMetrics()
        assert isinstance(self.engine.store, MemoryJobStore)
        self.notifications = self.engine.store.notifications
        self.accounts.put_organisation(Organisation(org_id="acme", name="Acme", created_at=FOUNDED))
        self.accounts.put(an_account())
        self.meter = Meter(
            contents=self.contents,
            accounts=self.accounts,
            metrics=self.metrics,
            notifications=self.notifications,
            readers=lambda _: self.reader,
            engine=self.engine,
            rhythm=self.rhythm,
        )

    def tick(self, *, only_due: bool = True) -> dict[str, Any]:
        tick = Tick(at=self.clock(), identity=self.clock().isoformat())
        return plan_syncs(tick, only_due=only_due, meter=self.meter)

    def planned(self, payload: Mapping[str, Any] | None = None, *, quiet: bool = False) -> Job:
        """A job that reads all posts of the account on X, not run yet."""
        given = payload or {"account_id": "acme-on-x"}
        return plan(Submission("acme", JobType.SYNC_ANALYTICS, given, quiet=quiet), engine=self.engine)[0]

    def ran(self, job: Job | None = None) -> Job:
        """A job after one run."""
        job = job or self.planned()
        message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
        handlers = {JobType.SYNC_ANALYTICS: partial(sync_or_tell, meter=self.meter)}
        run(message, Delivery(), handlers=handlers, engine=self.engine)
        after = self.engine.store.get(job.org_id, job.job_id)
        assert after is not None
        return after
