"""Everything the scraper works with, as one argument."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from functions.scraper.fetch import Fetch
from functions.shared.context.store import DocumentStore, ItemStore, SourceStore
from functions.shared.jobs.engine import Engine
from functions.shared.notifications.store import NotificationStore
from functions.shared.store.content import AccountStore
from functions.shared.store.objects import ObjectStore


class Manners(Protocol):
    """Whether a website lets its pages be read by programs; `Robots` is what a deployment has."""

    def require_allowed(self, url: str) -> None:
        """Raise PermanentError when it does not."""

    def crawl_delay(self, url: str) -> float | None:
        """How many seconds apart a website that was asked wants requests to be; None when it does not say."""


@dataclass(frozen=True, slots=True)
class Collector:
    """The collaborators of every use case here. `retention` is how long a source's item is kept after it was saved."""

    sources: SourceStore
    items: ItemStore
    documents: DocumentStore
    uploads: ObjectStore
    notifications: NotificationStore
    accounts: AccountStore
    fetch: Fetch
    robots: Manners
    engine: Engine
    retention: timedelta = timedelta(days=365)
