"""Keeps what is new or changed of what a source has, and nothing twice."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from functions.scraper.allowance import left_of_allowance
from functions.scraper.reading import Counts, Found
from functions.scraper.services import Services
from functions.shared.domain.context.items.store import Known
from functions.shared.domain.context.model import MAX_ITEM_CHARACTERS, ContextItem, Source
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.kernel.clock import derived_id, moment_of
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job

Fate = Literal["new", "changed", "unchanged", "held_back"]

MOST_FOUND = 500
# Ids of one fetch lie within this time, a millisecond apart, in the order of their entries.
_ID_SPAN = timedelta(seconds=1)


def keep_items(job: Job, context: JobContext, source: Source, found: Sequence[Found], *, services: Services) -> Counts:
    """Save the new and the changed of the texts a source has now, newest first, and count all of them.

    A text is known by its first mark that is known. A second run of the job counts as the first one did: what bears
    the job's id was saved by it. An item that was deleted stays away until its source changes it. New ones beyond the
    source's daily allowance are held back: they are new again when they are found on a later day.
    """
    distinct = list(_distinct(found))[:MOST_FOUND]
    marks = [mark for each in distinct for mark in each.marks]
    known = _matched(distinct, services.items.known(source.org_id, source.source_id, marks))
    fates: Counter[Fate] = Counter()
    keeper = _Keeper(job, source, services)
    keeper.allow(known)
    for position, (each, held) in enumerate(zip(distinct, known, strict=True)):
        context.glance()
        try:
            fates[keeper.keep(each, held, position)] += 1
        except Overtaken:  # another job of the same source saw it at the same moment
            fates["unchanged"] += 1
    return Counts(
        new=fates["new"],
        changed=fates["changed"],
        unchanged=fates["unchanged"],
        held_back=fates["held_back"],
        spent=keeper.spent,
        day=keeper.day,
        left_out=len(found) - len(distinct),
    )


def content_hash(title: str, text: str) -> str:
    """The hash of what readers see of an item."""
    return hashlib.sha256(f"{title}\x1f{text[:MAX_ITEM_CHARACTERS]}".encode()).hexdigest()


def text_mark(title: str, text: str) -> str:
    """What a text is known by that has nothing else."""
    return f"text:{content_hash(title, text)}"


class _Keeper:
    """Keeps one text at a time."""

    def __init__(self, job: Job, source: Source, services: Services) -> None:
        self._job = job
        self._source = source
        self._items = services.items
        self._retention = services.retention
        # A job's items are never older than the job, or it would not know them again as its own.
        self._now = max(services.engine.clock(), job.created_at)
        self._left = 0
        self.spent = 0
        self.day = self._now.astimezone(UTC).date()

    def allow(self, known: Iterable[Known | None]) -> None:
        """Reckon how many new items there is room for beside those known."""
        held = [each for each in known if each is not None]
        self.spent = sum(self._is_own(each) and moment_of(each.item_id).date() == self.day for each in held)
        self._left = left_of_allowance(self._job, self._source, held, own=self.spent, day=self.day)

    def keep(self, found: Found, known: Known | None, position: int) -> Fate:
        """Save it unless it is kept as it is; Overtaken when another job keeps it by now."""
        if known is None:
            if not self._left:
                return "held_back"
            self._left -= 1  # also when it turns out that another job has just saved it
            at = self._now - timedelta(milliseconds=position)
            item_id = derived_id(at, "item", self._source.org_id, self._source.source_id, found.marks[0])
            self._save(self._item(found, item_id, first_seen_at=self._now), found)
            self.spent += 1
            return "new"
        if known.content_hash != content_hash(found.title, found.text):
            stored = self._items.get(self._source.org_id, known.item_id)
            first_seen_at = stored.first_seen_at if stored else moment_of(known.item_id)
            self._save(self._item(found, known.item_id, first_seen_at=first_seen_at), found)
            return "new" if self._is_own(known) else "changed"
        if known.job_id == self._job.job_id:
            return "new" if self._is_own(known) else "changed"
        if known.expires_at < self._now + self._retention * 3 / 4:  # the source is looked through before that
            self._keep_longer(known, found)
        return "unchanged"

    def _is_own(self, known: Known) -> bool:
        """Whether an earlier run of this job brought it."""
        return known.job_id == self._job.job_id and moment_of(known.item_id) > self._job.created_at - _ID_SPAN

    def _keep_longer(self, known: Known, found: Found) -> None:
        stored = self._items.get(self._source.org_id, known.item_id)
        if stored is not None:
            self._save(stored, found)
        else:  # deleted: what is forgotten would come back
            longer = replace(known, expires_at=self._now + self._retention)
            self._items.remember(self._source.org_id, self._source.source_id, longer, marks=found.marks)

    def _save(self, item: ContextItem, found: Found) -> None:
        self._items.save(item, marks=found.marks, expires_at=self._now + self._retention)

    def _item(self, found: Found, item_id: str, *, first_seen_at: datetime) -> ContextItem:
        return ContextItem(
            org_id=self._source.org_id,
            item_id=item_id,
            origin=self._source.kind.value,
            origin_id=self._source.source_id,
            title=found.title,
            text=found.text[:MAX_ITEM_CHARACTERS],
            url=found.url,
            author=found.author,
            published_at=found.published_at,
            first_seen_at=first_seen_at,
            changed_at=self._now,
            content_hash=content_hash(found.title, found.text),
            job_id=self._job.job_id,
        )


def _distinct(found: Iterable[Found]) -> Iterator[Found]:
    """Each text once: the first of those that share a mark."""
    seen: set[str] = set()
    for each in found:
        if seen.isdisjoint(each.marks):
            yield each
        seen.update(each.marks)


def _matched(found: Sequence[Found], known: Mapping[str, Known]) -> list[Known | None]:
    """What each is known as. One item is one text: first come those whose surest mark is known."""
    matches: list[Known | None] = [None] * len(found)
    taken: set[str] = set()
    for start, end in ((0, 1), (1, None)):
        for position, each in enumerate(found):
            candidates = (known[mark] for mark in each.marks[start:end] if mark in known)
            free = next((candidate for candidate in candidates if candidate.item_id not in taken), None)
            if matches[position] is None and free is not None:
                matches[position] = free
                taken.add(free.item_id)
    return matches
