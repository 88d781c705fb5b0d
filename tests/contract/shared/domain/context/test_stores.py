"""One suite over sources, items and documents in memory and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.context.documents.dynamodb import DynamoDocuments
from functions.shared.domain.context.documents.memory import MemoryDocuments
from functions.shared.domain.context.documents.store import DocumentStore
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.items.store import ItemStore, Known
from functions.shared.domain.context.model import MAX_ITEM_CHARACTERS, DocumentState, SourceHealth
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.domain.context.sources.dynamodb import DynamoSources
from functions.shared.domain.context.sources.memory import MemorySources
from functions.shared.domain.context.sources.store import DueSource, SourceStore
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.sources import a_document, a_source, an_item


@dataclass(frozen=True)
class Stores:
    sources: SourceStore
    items: ItemStore
    documents: DocumentStore


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Stores]:
    if request.param == "memory":
        yield Stores(MemorySources(), MemoryItems(clock), MemoryDocuments())
        return
    with mock_aws():
        make_tables()
        client = partial(boto3.client, "dynamodb")
        yield Stores(
            DynamoSources("context", client), DynamoItems("context", client, clock), DynamoDocuments("context", client)
        )


@pytest.fixture
def sources(stores: Stores) -> SourceStore:
    return stores.sources


@pytest.fixture
def items(stores: Stores) -> ItemStore:
    return stores.items


@pytest.fixture
def year_from_now(clock: ManualClock) -> datetime:
    return clock() + timedelta(days=365)


def test_a_source_is_read_back_whole_by_its_own_organisation(sources: SourceStore, clock: ManualClock) -> None:
    source = a_source(clock(), etag='"1"', health=SourceHealth.FAILING, failures=2, failing_since=clock())
    sources.add(source)
    assert sources.get("acme", "source-1") == source
    assert sources.get("other", "source-1") is None
    assert sources.get("acme", "source-2") is None


def test_an_organisations_sources_are_listed_oldest_first(
    stores: Stores, sources: SourceStore, clock: ManualClock
) -> None:
    for number in ("2", "1", "3"):
        sources.add(a_source(clock(), source_id=number))
    sources.add(a_source(clock(), org_id="other"))
    stores.documents.put(a_document(clock()))
    assert [source.source_id for source in sources.of_org("acme")] == ["1", "2", "3"]


def test_a_source_is_replaced_only_as_it_was_seen(sources: SourceStore, clock: ManualClock) -> None:
    seen = a_source(clock())
    sources.add(seen)
    renamed = sources.replace(seen, seen.model_copy(update={"name": "renamed"}))
    assert (renamed.version, renamed.name) == (2, "renamed")
    assert sources.get("acme", "source-1") == renamed
    with pytest.raises(Overtaken):
        sources.replace(seen, seen.model_copy(update={"name": "too late"}))
    assert sources.get("acme", "source-1") == renamed


def test_a_deleted_source_cannot_be_replaced(sources: SourceStore, clock: ManualClock) -> None:
    source = a_source(clock())
    sources.add(source)
    sources.delete("acme", "source-1")
    sources.delete("acme", "source-1")
    with pytest.raises(Overtaken):
        sources.replace(source, source)
    assert sources.get("acme", "source-1") is None


def test_due_are_the_sources_switched_on_whose_time_has_come_the_longest_due_first(
    sources: SourceStore, clock: ManualClock
) -> None:
    now = clock()
    for number, minutes in enumerate((3, 1, 2, -1)):
        due_at = now - timedelta(minutes=minutes)
        sources.add(a_source(now, org_id=f"org-{number}", source_id=f"s-{number}", next_fetch_at=due_at))
    sources.add(a_source(now, source_id="off", enabled=False))
    sources.add(a_source(now, source_id="never", next_fetch_at=None))
    expected = [
        DueSource(f"org-{number}", f"s-{number}", now - timedelta(minutes=minutes))
        for number, minutes in ((0, 3), (2, 2), (1, 1))
    ]
    assert sources.due(until=now, limit=10) == expected
    assert sources.due(until=now, limit=2) == expected[:2]


def test_a_source_that_was_planned_or_switched_off_is_not_due_any_more(
    sources: SourceStore, clock: ManualClock
) -> None:
    first, second = a_source(clock(), source_id="1"), a_source(clock(), source_id="2")
    sources.add(first)
    sources.add(second)
    sources.replace(first, first.model_copy(update={"next_fetch_at": clock() + timedelta(hours=6)}))
    sources.replace(second, second.model_copy(update={"enabled": False}))
    assert sources.due(until=clock(), limit=10) == []


def test_an_item_is_remembered_under_its_marks_within_its_origin(
    items: ItemStore, clock: ManualClock, year_from_now: datetime
) -> None:
    item = an_item(clock())
    items.save(item, marks=["guid:1", "link:a", "guid:1"], expires_at=year_from_now)
    known = Known("item-1", "hash-1", "job-1", year_from_now)
    assert items.get("acme", "item-1") == item
    assert items.known("acme", "source-1", ["guid:1", "link:a", "guid:2", "guid:1"]) == {
        "guid:1": known,
        "link:a": known,
    }
    assert items.known("acme", "source-2", ["guid:1"]) == {}
    assert items.known("other", "source-1", ["guid:1"]) == {}
    assert items.known("acme", "source-1", []) == {}


def test_hundreds_of_marks_are_looked_up_at_once(items: ItemStore, clock: ManualClock, year_from_now: datetime) -> None:
    items.save(an_item(clock()), marks=["guid:150"], expires_at=year_from_now)
    assert list(items.known("acme", "source-1", [f"guid:{number}" for number in range(250)])) == ["guid:150"]


def test_a_changed_item_takes_the_place_of_what_it_was(
    items: ItemStore, clock: ManualClock, year_from_now: datetime
) -> None:
    items.save(an_item(clock()), marks=["guid:1"], expires_at=year_from_now)
    changed = an_item(clock(), text="Tea has doubled.", content_hash="hash-2", job_id="job-2")
    items.save(changed, marks=["guid:1"], expires_at=year_from_now)
    assert items.newest("acme") == ([changed], None)
    assert items.known("acme", "source-1", ["guid:1"])["guid:1"].content_hash == "hash-2"


def test_what_somebody_else_saw_first_is_not_saved_again(
    items: ItemStore, clock: ManualClock, year_from_now: datetime
) -> None:
    first = an_item(clock())
    items.save(first, marks=["guid:1", "link:a"], expires_at=year_from_now)
    with pytest.raises(Overtaken):
        items.save(an_item(clock(), item_id="item-2"), marks=["guid:1", "link:b"], expires_at=year_from_now)
    assert items.newest("acme") == ([first], None)
    assert items.known("acme", "source-1", ["link:b"]) == {}


def test_only_the_first_mark_must_be_the_items_own(
    items: ItemStore, clock: ManualClock, year_from_now: datetime
) -> None:
    items.save(an_item(clock()), marks=["guid:1", "link:a"], expires_at=year_from_now)
    items.save(an_item(clock(), item_id="item-2"), marks=["guid:2", "link:a"], expires_at=year_from_now)
    assert items.known("acme", "source-1", ["link:a"])["link:a"].item_id == "item-2"


def test_items_are_listed_newest_first_and_page_by_page(
    items: ItemStore, clock: ManualClock, year_from_now: datetime
) -> None:
    for number in range(5):
        origin = "source-1" if number % 2 else "source-2"
        item = an_item(clock(), item_id=f"item-{number}", origin_id=origin)
        items.save(item, marks=[f"guid:{number}"], expires_at=year_from_now)
    items.save(an_item(clock(), org_id="other"), marks=["guid:9"], expires_at=year_from_now)
    first, cursor = items.newest("acme", limit=3)
    rest, end = items.newest("acme", limit=3, before=cursor)
    assert [item.item_id for item in (*first, *rest)] == ["item-4", "item-3", "item-2", "item-1", "item-0"]
    assert (cursor, end) == ("item-2", None)
    first, cursor = items.newest("acme", origin_id="source-2", limit=2)
    rest, end = items.newest("acme", origin_id="source-2", limit=2, before=cursor)
    assert [item.item_id for item in (*first, *rest)] == ["item-4", "item-2", "item-0"]
    assert items.newest("acme", origin_id="source-3") == ([], None)


def test_a_deleted_item_stays_known(items: ItemStore, clock: ManualClock, year_from_now: datetime) -> None:
    items.save(an_item(clock()), marks=["guid:1"], expires_at=year_from_now)
    items.delete("acme", "item-1")
    items.delete("acme", "item-1")
    assert items.get("acme", "item-1") is None
    assert items.newest("acme") == ([], None)
    assert items.known("acme", "source-1", ["guid:1"])["guid:1"].item_id == "item-1"


def test_a_deleted_item_is_remembered_for_longer_and_by_more(
    items: ItemStore, clock: ManualClock, year_from_now: datetime
) -> None:
    items.save(an_item(clock()), marks=["guid:1"], expires_at=clock() + timedelta(days=1))
    items.delete("acme", "item-1")
    longer = Known("item-1", "hash", "job-1", year_from_now)
    items.remember("acme", "source-1", longer, marks=["guid:1", "link:1"])
    clock.advance(days=2)
    assert items.known("acme", "source-1", ["guid:1", "link:1"]) == {"guid:1": longer, "link:1": longer}
    assert items.newest("acme") == ([], None)
    with pytest.raises(Overtaken):
        items.remember("acme", "source-1", Known("item-2", "hash", "job-1", year_from_now), marks=["guid:1"])


def test_what_has_expired_is_not_seen_any_more_though_it_is_still_stored(items: ItemStore, clock: ManualClock) -> None:
    for number in range(3):
        expires_at = clock() + timedelta(days=1 if number == 1 else 3)
        items.save(an_item(clock(), item_id=f"item-{number}"), marks=[f"guid:{number}"], expires_at=expires_at)
    clock.advance(days=1)
    assert items.get("acme", "item-1") is None
    assert [item.item_id for item in items.newest("acme", limit=2)[0]] == ["item-2", "item-0"]
    assert [item.item_id for item in items.newest("acme", origin_id="source-1")[0]] == ["item-2", "item-0"]
    assert items.known("acme", "source-1", ["guid:1"]) == {}
    again = an_item(clock(), item_id="item-9")
    items.save(again, marks=["guid:1"], expires_at=clock() + timedelta(days=1))
    assert items.get("acme", "item-9") == again


def test_the_longest_item_of_the_widest_characters_is_kept(
    items: ItemStore, clock: ManualClock, year_from_now: datetime
) -> None:
    item = an_item(clock(), text="\U0001f375" * MAX_ITEM_CHARACTERS)
    items.save(item, marks=["guid:1"], expires_at=year_from_now)
    assert items.get("acme", "item-1") == item


def test_a_document_is_read_back_whole_and_listed_oldest_first(stores: Stores, clock: ManualClock) -> None:
    documents = stores.documents
    stores.sources.add(a_source(clock()))
    second, first = a_document(clock(), document_id="2"), a_document(clock(), document_id="1", error="damaged")
    documents.put(second)
    documents.put(first)
    documents.put(a_document(clock(), org_id="other"))
    assert documents.get("acme", "1") == first
    assert documents.get("other", "1") is None
    assert documents.of_org("acme") == [first, second]


def test_a_document_is_updated_only_while_it_is_there(stores: Stores, clock: ManualClock) -> None:
    document = a_document(clock())
    ready = document.model_copy(update={"state": DocumentState.READY})
    assert stores.documents.update(ready) is False
    assert stores.documents.get("acme", "document-1") is None
    stores.documents.put(document)
    assert stores.documents.update(ready) is True
    assert stores.documents.get("acme", "document-1") == ready
    stores.documents.delete("acme", "document-1")
    stores.documents.delete("acme", "document-1")
    assert stores.documents.get("acme", "document-1") is None
