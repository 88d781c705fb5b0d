"""Pages as lists show them: their cards, and those of pages that an earlier version made. Decision 0028."""

from functions.pseo_generator.cards.model import Card, CardEvent
from functions.pseo_generator.render import is_indexable
from functions.pseo_generator.services import Services
from functions.shared.domain.content.model import Page

_TAKEN_IN = "taken in"


def card_of(page: Page) -> Card:
    """A page's card."""
    event = CardEvent(title=page.event.title, origin=page.event.origin, captured_at=page.event.captured_at)
    return Card(
        org_id=page.org_id,
        content_id=page.content_id,
        slug=page.slug,
        url=page.url,
        title=page.title,
        description=page.description,
        created_at=page.created_at,
        updated_at=page.updated_at,
        event=event,
        indexable=is_indexable(page),
    )


def take_in_pages(org_id: str, *, services: Services) -> bool:
    """Give the pages of an earlier version their cards, once; whether it was now. It reads every page."""
    if services.cards.noted(org_id, _TAKEN_IN) is not None:
        return False
    for page in services.pages(org_id):
        services.cards.put(card_of(page))
    services.cards.note(org_id, _TAKEN_IN, services.engine.clock().isoformat())
    return True
