"""A services in memory, with one page to post."""

from dataclasses import dataclass, field
from typing import Any

from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import Post
from functions.shared.domain.job_types import JobType
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.network import Network
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job
from functions.shared.networks.memory.publish import MemoryPublisher
from functions.shared.networks.preview.publish import PreviewPublisher
from functions.social_poster.publish import publish
from functions.social_poster.services import Services
from tests.support.clock import ManualClock
from tests.support.contents import a_page
from tests.support.engines import memory_engine
from tests.support.standins.model import ScriptedModel


@dataclass
class Bench:
    """A services in memory with one page, and jobs over it."""

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
    def services(self) -> Services:
        publishers: dict[str, Any] = {
            "x": self.platform,
            "preview": PreviewPublisher({Network.TWITTER: "https://api.x.com"}),
        }
        return Services(self.contents, self.accounts, self.model, publishers.__getitem__, self.engine, self.metrics)

    def job(self, **payload: Any) -> Job:
        now = self.clock()
        job_id = self.engine.new_id(now)
        return Job(
            "acme", job_id, JobType.PUBLISH_CONTENT, {"content_id": "page-1", **payload}, now, now, owner="worker"
        )

    def run(self, **payload: Any) -> dict[str, Any]:
        job = self.job(**payload)
        return dict(publish(job, JobContext(job, engine=self.engine), services=self.services))

    @property
    def posts(self) -> list[Post]:
        return [content for content in self.contents.contents.values() if isinstance(content, Post)]
