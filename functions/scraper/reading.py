"""What reading a source comes to, before anything of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from functions.scraper.fetch import Fetched


@dataclass(frozen=True, slots=True)
class Found:
    """One text as a source has it now. `marks` are what it may be known by, the surest first."""

    marks: tuple[str, ...]
    title: str
    text: str
    url: str | None
    author: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer holds: its texts, newest first; how many cannot be used; how long to leave the source alone."""

    found: Sequence[Found]
    unusable: int = 0
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the texts found, those that are new, changed, and neither.

    `held_back` are new ones beyond the allowance of `day` (UTC), which are not kept. `spent` is what this job has used
    of it: less than `new` where an earlier run was on the day before. `day` is None where nothing was kept.
    `left_out` are those that say the same as another one, and those beyond the newest 500.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    held_back: int = 0
    spent: int = 0
    day: date | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """A fetch that went well. `reading` is None when the source had nothing else than the last time.

    `crawl_delay` is how many seconds apart the website wants requests to be, None where it was not asked.
    """

    fetched: Fetched
    content_hash: str | None
    reading: Reading | None = None
    counts: Counts = Counts()
    crawl_delay: float | None = None
