"""Reads the items that context is chosen from, so that no document and no feed hides the others.

The newest items of all are read first. Where there are no more, that is one query, and nothing is hidden. Otherwise a
long document or a busy feed may have filled them, however far one reads on; a page, whose item keeps the time at which
it was first seen, only sinks deeper. So every source, and the newest documents, that have less than a share among them
are asked for their own newest older ones, by the `by_origin` index: an old page is found after any number of entries.

At most 600 items are given, by the queries of the newest, two for the names of sources and documents, and one for each
of at most 140 of these. A query reads one item more, and the last of the newest up to 1 MB, which is what DynamoDB
answers with at once; it counts a unit for each 4 KB read consistently, half of one otherwise. 600 items of 20,000 ASCII
characters are five queries of the newest, 13 MB in all and about 2,300 units, less than a thousandth of a dollar; 600
entries of feeds of 2,000 are one query and a tenth of that. It is once for each page and for each topic, whose writing
costs more by far.

Beyond the bound are only the parts of a document, and the entries of a feed, after their share, documents before the
newest 40, and what deleted sources left.
"""

from collections import Counter

from functions.shared.domain.context.items.store import ItemStore
from functions.shared.domain.context.model import ContextItem

NEWEST = 200
"""How many of the newest items are read, whatever they are from."""

OLDER = 400
"""How many more are read at most, in equal shares."""

LARGEST_SHARE = 50
MOST_SOURCES = 100
MOST_DOCUMENTS = 40


def gather(org_id: str, items: ItemStore) -> list[ContextItem]:
    """At most `NEWEST` and `OLDER` items, the newest first and then the older ones of each source and document.

    Parts of a document whose last reading ended half-way are left out, which takes another query where there are any.
    """
    found = _gathered(org_id, items)
    if not any(item.origin == "document" for item in found):
        return found
    unfinished = items.unfinished(org_id)
    return [item for item in found if item.origin_id not in unfinished]


def _gathered(org_id: str, items: ItemStore) -> list[ContextItem]:
    found: list[ContextItem] = []
    before: str | None = None
    while len(found) < NEWEST:
        page, before = items.newest(org_id, limit=NEWEST - len(found), before=before)
        found += page
        if before is None:
            return found
    had = Counter(item.origin_id for item in found)
    origins = items.origins(org_id, sources=MOST_SOURCES, documents=MOST_DOCUMENTS)
    hidden = [origin_id for origin_id in origins if had[origin_id] < LARGEST_SHARE]
    share = min(LARGEST_SHARE, OLDER // max(1, len(hidden)))
    for origin_id in hidden:
        found += items.newest(org_id, origin_id=origin_id, limit=share, before=before)[0]
    return found
