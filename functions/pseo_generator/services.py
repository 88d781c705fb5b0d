"""Everything the generator works with, as one argument."""

from dataclasses import dataclass

from functions.pseo_generator.cards.store import CardStore
from functions.pseo_generator.markets.source import MarketSource
from functions.pseo_generator.site import Site
from functions.shared.domain.accounts.store import AccountStore
from functions.shared.domain.content.model import Page
from functions.shared.domain.content.store import ContentStore
from functions.shared.domain.context.items.store import ItemStore
from functions.shared.domain.due.store import DueStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.domain.organisation.store import OrganisationStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.objects.store import ObjectStore
from functions.shared.writing.models.port import ImageModel, TextModel

_PAGES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Services:
    """The collaborators of every use case here."""

    source: MarketSource
    text_model: TextModel
    image_model: ImageModel
    contents: ContentStore
    cards: CardStore
    accounts: AccountStore
    organisations: OrganisationStore
    due: DueStore
    items: ItemStore
    objects: ObjectStore
    site: Site
    engine: Engine

    def organisation(self, org_id: str) -> Organisation:
        """The organisation; one that was never registered is called by its id."""
        found = self.organisations.get(org_id)
        return found or Organisation(org_id=org_id, name=org_id, created_at=self.engine.clock())

    def pages(self, org_id: str) -> list[Page]:
        """All pages of an organisation, newest first, read consistently."""
        found: list[Page] = []
        before: str | None = None
        while True:
            listed, before = self.contents.newest(org_id, kind="page", limit=_PAGES_AT_ONCE, before=before)
            found += [content for content in listed if isinstance(content, Page)]
            if before is None:
                return found
