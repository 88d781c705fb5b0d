"""What was read. Texts are plain: no markup, no control characters, lines ended by a line feed."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed.

    `guid` and `link` are at most 2,048 characters long, `link` is absolute and http or https. An entry that has only
    a title has it as its text, too, and one that has only a text begins with its title.
    """

    guid: str | None
    link: str | None
    title: str
    text: str
    author: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed. `unusable` counts entries with neither title nor text; `ttl` is how long it asks to be left alone."""

    title: str
    entries: tuple[Entry, ...]
    unusable: int
    ttl: timedelta | None


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """The main text of a page, without its menus, advertisements and comments."""

    title: str
    text: str
    author: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The text of a document, its pages and paragraphs apart by an empty line. `title` is the one it gives itself."""

    title: str | None
    text: str
