"""A desk in memory, with one page to post."""

from dataclasses import dataclass, field
from typing import Any

from functions.shared.content import Account, Post
from functions.shared.jobs.heartbeat import JobContext
from functions.shared.jobs.memory import memory_engine
from functions.shared.jobs.model import Job, JobType
from functions.shared.measured.memory import MemoryMetrics
from functions.shared.networks import Network
from functions.shared.store.memory import MemoryAccountStore, MemoryContentStore
from functions.social_poster.desk import Desk
from functions.social_poster.publish import publish
from functions.social_poster.publishers.memory import MemoryPublisher
from functions.social_poster.publishers.preview import PreviewPublisher
from tests.clock import ManualClock
from tests.contents import a_page
from tests.standins.model import ScriptedModel


@dataclass
class Bench:
    """A desk in memory with one page, and jobs over it."""

    clock: ManualClock
    model: ScriptedModel = field(default_factory=ScriptedModel)
    contents: MemoryContentStore = field(default_factory=MemoryContentStore)
    accounts: MemoryAccountStore = field(default_factory=MemoryAccountStore)
    platform: MemoryPublisher = field(default_factory=MemoryPublisher)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)

    def __post_init__(self) -> None:
        self.engine = memory_engine(clock=self.clock)
        self.contents.put(a_page(self.clock()))

    def connect(self, account_id: str, network: Network = Network.TWITTER, *, enabled: bool = True) -> None:
        self.accounts.put(
            Account(
                org_id="acme",
                account_id=account_id,
                network=network,
                publisher="x",
                name=f"@{account_id}",
                enabled=enabled,
                created_at=self.clock(),
            )
        )

    @property
    def desk(self) -> Desk:
        publishers: dict[str, Any] = {"x": self.platform, "preview": PreviewPublisher("https://api.x.com")}
        return Desk(self.contents, self.accounts, self.model, publishers.__getitem__, self.engine, self.metrics)

    def job(self, **payload: Any) -> Job:
        now = self.clock()
        job_id = self.engine.new_id(now)
        return Job(
            "acme", job_id, JobType.PUBLISH_CONTENT, {"content_id": "page-1", **payload}, now, now, owner="worker"
        )

    def run(self, **payload: Any) -> dict[str, Any]:
        job = self.job(**payload)
        return dict(publish(job, JobContext(job, engine=self.engine), desk=self.desk))

    @property
    def posts(self) -> list[Post]:
        return [content for content in self.contents.contents.values() if isinstance(content, Post)]
