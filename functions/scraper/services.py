"""Everything the scraper works with, as one argument."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from functions.scraper.fetch import Fetch
from functions.shared.domain.context.documents.store import DocumentStore
from functions.shared.domain.context.items.store import ItemStore
from functions.shared.domain.context.sources.store import SourceStore
from functions.shared.domain.organisation.store import OrganisationStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.notifications.store import NotificationStore
from functions.shared.kernel.objects.store import ObjectStore


class Manners(Protocol):
    """Whether a website lets its pages be read by programs; `Robots` is what a deployment has."""

    def require_allowed(self, url: str) -> None:
        """Raise PermanentError when it does not."""

    def crawl_delay(self, url: str) -> float | None:
        """How many seconds apart a website that was asked wants requests to be; None when it does not say."""


@dataclass(frozen=True, slots=True)
class Services:
    """The collaborators of every use case here. `retention` is how long a source's item is kept after it was saved."""

    sources: SourceStore
    items: ItemStore
    documents: DocumentStore
    uploads: ObjectStore
    notifications: NotificationStore
    organisations: OrganisationStore
    fetch: Fetch
    robots: Manners
    engine: Engine
    retention: timedelta = timedelta(days=365)
