"""What lists say of a page: a few hundred bytes, where the page itself has many thousands. Decision 0028."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class CardEvent(BaseModel):
    """What a page's event is called, and where and when its data was captured."""

    model_config = ConfigDict(frozen=True)

    title: str
    origin: str
    captured_at: datetime


class Card(BaseModel):
    """A page as indexes, sitemaps and feeds show it. `url` is where it was when it was written."""

    model_config = ConfigDict(frozen=True)

    org_id: str
    content_id: str
    slug: str
    url: str
    title: str
    description: str
    created_at: datetime
    updated_at: datetime
    event: CardEvent
    indexable: bool

    @property
    def month(self) -> str:
        """The month whose list shows it, such as `2026-11`."""
        return month_of(self.created_at)


def month_of(moment: datetime) -> str:
    """A moment's month in UTC, such as `2026-11`."""
    return f"{moment:%Y-%m}"
