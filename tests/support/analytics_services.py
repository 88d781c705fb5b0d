"""Analytics with everything in memory, over a platform in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from functions.analytics.plan_syncs import plan_all_syncs, plan_syncs
from functions.analytics.services import Services
from functions.analytics.tell_failure import sync_or_tell
from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import Post, PostState
from functions.shared.domain.due.memory import MemoryDue
from functions.shared.domain.due.plan_due import Limits
from functions.shared.domain.job_types import JobType
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.measured.model import Choice
from functions.shared.domain.network import Network
from functions.shared.domain.organisation.memory import MemoryOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.run import Delivery, Handlers, run
from functions.shared.kernel.messages import JobMessage
from functions.shared.kernel.tick import Tick
from functions.shared.networks.memory.counts import MemoryCountsReader
from functions.shared.networks.port import CountsReader
from tests.support.clock import ManualClock
from tests.support.contents import a_post
from tests.support.engines import memory_engine

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
    """A services with one organisation, `acme`, which has one account on X, and what tests do with it."""

    clock: ManualClock
    reader: CountsReader = field(default_factory=MemoryCountsReader)
    rhythm: Rhythm = field(default_factory=Rhythm)

    def __post_init__(self) -> None:
        self.engine = memory_engine(clock=self.clock)
        self.contents, self.accounts = MemoryContentStore(), MemoryAccountStore()
        self.metrics = MemoryMetrics()
        assert isinstance(self.engine.store, MemoryJobStore)
        self.notifications = self.engine.store.notifications
        self.organisations = MemoryOrganisationStore()
        self.organisations.put(Organisation(org_id="acme", name="Acme", created_at=FOUNDED))
        self.accounts.put(an_account())
        self.due = MemoryDue(self.organisations, self.accounts)
        self.services = Services(
            contents=self.contents,
            accounts=self.accounts,
            organisations=self.organisations,
            due=self.due,
            metrics=self.metrics,
            notifications=self.notifications,
            readers=lambda _: self.reader,
            engine=self.engine,
            rhythm=self.rhythm,
        )

    def tick(self, *, only_due: bool = True) -> dict[str, Any]:
        limits = Limits(lambda: 180)
        if only_due:
            return plan_syncs(limits=limits, services=self.services)
        tick = Tick(at=self.clock(), identity=self.clock().isoformat())
        return plan_all_syncs(tick, limits=limits, services=self.services)

    def planned(self, payload: Mapping[str, Any] | None = None, *, quiet: bool = False) -> Job:
        """A job that reads all posts of the account on X, not run yet."""
        given = payload or {"account_id": "acme-on-x"}
        return plan(Submission("acme", JobType.SYNC_ANALYTICS, given, quiet=quiet), engine=self.engine)[0]

    def ran(self, job: Job | None = None) -> Job:
        """A job after one run."""
        job = job or self.planned()
        message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
        handlers: Handlers = {JobType.SYNC_ANALYTICS: partial(sync_or_tell, services=self.services)}
        run(message, Delivery(), handlers=handlers, engine=self.engine)
        after = self.engine.store.get(job.org_id, job.job_id)
        assert after is not None
        return after
