"""A feed, read by a scraper in memory as the hours pass."""

from dataclasses import dataclass, field
from typing import Any

from functions.scraper.services import Services
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs.model import Job
from tests.support.clock import ManualClock
from tests.support.scraper_services import Web, a_job, handlers_of, items_of, run_job, scraper_services
from tests.support.sources import a_source


@dataclass
class World:
    """A feed, and whoever reads it."""

    clock: ManualClock
    web: Web = field(default_factory=Web)

    def __post_init__(self) -> None:
        self.services: Services = scraper_services(self.clock, self.web)
        self.services.sources.add(a_source(self.clock()))

    def job(self, kind: JobType = JobType.SYNC_RSS) -> Job:
        return a_job(kind, {"source_id": "source-1"}, self.services)

    def run(self, job: Job) -> Job:
        return run_job(job, self.services, handlers_of(self.services, self.web))

    def fetch(self, *entries: Any, kind: JobType = JobType.SYNC_RSS) -> dict[str, Any]:
        """What an hour later's fetch of these entries came to."""
        self.clock.advance(hours=1)
        self.web.entries = entries or self.web.entries
        job = self.run(self.job(kind))
        assert job.result is not None, job.error or job.reason
        return dict(job.result)

    def titles(self) -> list[str]:
        return [item.title for item in items_of(self.services.items)]


def counts(result: dict[str, Any]) -> tuple[int, int, int]:
    return result["new"], result["changed"], result["unchanged"]
