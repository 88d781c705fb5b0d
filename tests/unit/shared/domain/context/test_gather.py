"""No document and no feed keeps an organisation's other context from being considered, at a bounded number of reads."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.shared.domain.context.choose import relevant_context
from functions.shared.domain.context.documents.rules import part_id
from functions.shared.domain.context.gather import LARGEST_SHARE, MOST_DOCUMENTS, MOST_SOURCES, NEWEST, OLDER, gather
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.model import ContextItem
from functions.shared.kernel.clock import derived_id
from tests.support.sources import a_document, an_item

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
DULL = "Nothing of interest was said that day, and everybody went home early."


class Counted(MemoryItems):
    """Counts the queries, and the items they may read."""

    queries = 0
    read = 0

    def newest(self, *args: Any, limit: int = 50, **named: Any) -> tuple[list[ContextItem], str | None]:
        found = super().newest(*args, limit=limit, **named)
        self.queries += 1
        self.read += len(found[0])
        return found

    def origins(self, org_id: str, *, sources: int, documents: int) -> list[str]:
        found = {(item.origin == "document", item.origin_id) for item, _ in self.items.values()}
        self.queries += 2
        of_sources = [origin_id for is_document, origin_id in sorted(found) if not is_document]
        of_documents = [origin_id for is_document, origin_id in sorted(found, reverse=True) if is_document]
        return [*of_sources[:sources], *of_documents[:documents]]


def a_page(weeks: float, name: str = "page", text: str = "Iced tea is brewed cold for a night.") -> ContextItem:
    return _seen(weeks, name, 0, origin="website", title="How we brew iced tea", text=text)


def a_feed(entries: int, name: str = "feed", *, weeks: float = 0) -> list[ContextItem]:
    return [_seen(weeks + number / 1000, name, number, title=f"Day {number}", text=DULL) for number in range(entries)]


def a_long_document(parts: int, name: str = "document", *, weeks: float = 0) -> list[ContextItem]:
    document = a_document(NOW - timedelta(weeks=weeks), document_id=name)
    return [
        _seen(weeks, name, part, item_id=part_id(document, part), origin="document", url=None, text=DULL)
        for part in range(1, parts + 1)
    ]


def _seen(weeks: float, name: str, number: int, **changes: Any) -> ContextItem:
    at = NOW - timedelta(weeks=weeks)
    item_id = derived_id(at, "item", name, str(number))
    known = {"item_id": item_id, "origin_id": name, "content_hash": item_id, "url": f"https://{name}.example/{number}"}
    return an_item(at, **(known | changes))


def stored(*items: Iterable[ContextItem]) -> Counted:
    store = Counted(lambda: NOW)
    for item in (each for some in items for each in some):
        store.save(item, marks=(item.item_id,), expires_at=NOW + timedelta(days=1))
    return store


def chosen(store: MemoryItems) -> list[str]:
    return [each.origin_id for each in relevant_context("acme", "iced tea", items=store, now=NOW)]


def test_an_old_page_is_found_behind_a_long_document_and_a_busy_feed() -> None:
    assert chosen(stored(a_long_document(400), [a_page(weeks=20)])) == ["page"]
    assert chosen(stored(a_feed(3000), [a_page(weeks=20)])) == ["page"]
    assert chosen(stored(a_long_document(400), a_feed(900), a_long_document(400, "other"), [a_page(20)])) == ["page"]


def test_a_quiet_feeds_entries_are_found_behind_a_busy_ones() -> None:
    quiet = [a_page(weeks=10, name="quiet"), *a_feed(40, "quiet", weeks=9)]
    assert chosen(stored(a_feed(500), quiet)) == ["quiet"]


def test_a_document_is_found_behind_a_busy_feed() -> None:
    document = a_long_document(30, weeks=9)
    document[20] = document[20].model_copy(update={"title": "Iced tea", "text": "Iced tea needs a cold night."})
    assert chosen(stored(a_feed(500), document)) == ["document"]


def test_what_all_fits_is_read_once_and_by_one_query() -> None:
    store = stored(a_long_document(150), a_feed(49), [a_page(20)])
    assert len(gather("acme", store)) == NEWEST
    assert (store.queries, store.read) == (1, NEWEST)


def test_no_item_is_read_twice() -> None:
    found = gather("acme", stored(a_feed(190), a_feed(300, "other", weeks=0.1), a_long_document(60), [a_page(20)]))
    assert len({item.item_id for item in found}) == len(found)
    assert len([item for item in found if item.origin_id == "document"]) == 60


def test_however_much_there_is_only_so_much_is_read() -> None:
    pages = [a_page(weeks=2, name=f"page-{number}") for number in range(MOST_SOURCES - 1)]
    documents = [a_long_document(20, f"document-{number:03}", weeks=3) for number in range(60)]
    store = stored(a_feed(900), pages, *documents)
    found = gather("acme", store)
    assert store.read == len(found) <= NEWEST + OLDER
    assert store.queries <= 1 + 2 + MOST_SOURCES + MOST_DOCUMENTS
    assert {page.item_id for page in pages} <= {item.item_id for item in found}

    few = stored(a_feed(900), a_feed(900, "other", weeks=5))
    assert len(gather("acme", few)) == few.read == NEWEST + LARGEST_SHARE
    assert few.queries == 4
