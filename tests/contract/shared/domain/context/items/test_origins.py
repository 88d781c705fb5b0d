"""One suite over what an organisation's items are from, in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.context.documents.dynamodb import DynamoDocuments
from functions.shared.domain.context.documents.memory import MemoryDocuments
from functions.shared.domain.context.documents.store import DocumentStore
from functions.shared.domain.context.gather import NEWEST, gather
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.items.store import ItemStore
from functions.shared.domain.context.sources.dynamodb import DynamoSources
from functions.shared.domain.context.sources.memory import MemorySources
from functions.shared.domain.context.sources.store import SourceStore
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.sources import a_document, a_source, an_item

Stores = tuple[SourceStore, DocumentStore, ItemStore]


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Stores]:
    if request.param == "memory":
        yield MemorySources(), MemoryDocuments(), MemoryItems(clock)
        return
    with mock_aws():
        make_tables()
        client = partial(boto3.client, "dynamodb")
        yield (
            DynamoSources("context", client),
            DynamoDocuments("context", client),
            DynamoItems("context", client, clock),
        )


@pytest.fixture
def items(stores: Stores, clock: ManualClock) -> ItemStore:
    """Three sources and three documents, each with an item, and one of another organisation."""
    sources, documents, items = stores
    for org_id, number in (("acme", 1), ("acme", 3), ("acme", 2), ("other", 4)):
        sources.add(a_source(clock(), org_id=org_id, source_id=f"source-{number}"))
        documents.put(a_document(clock(), org_id=org_id, document_id=f"document-{number}"))
        for origin, name in (("feed", f"source-{number}"), ("document", f"document-{number}")):
            item = an_item(clock(), org_id=org_id, item_id=f"1-{name}", origin=origin, origin_id=name)
            items.save(item, marks=(name,), expires_at=clock() + timedelta(days=1))
    return items


def test_sources_come_first_then_documents_the_newest_first(items: ItemStore) -> None:
    assert items.origins("acme", sources=100, documents=2) == [
        "source-3",
        "source-2",
        "source-1",
        "document-3",
        "document-2",
    ]
    assert items.origins("acme", sources=1, documents=1) == ["source-3", "document-3"]
    assert items.origins("nobody", sources=1, documents=1) == []


def test_items_behind_the_newest_are_gathered_by_what_they_are_from(items: ItemStore, clock: ManualClock) -> None:
    for number in range(NEWEST + 50):
        item = an_item(clock(), item_id=f"2-{number:04}", origin_id="source-2")
        items.save(item, marks=(item.item_id,), expires_at=clock() + timedelta(days=1))
    found = gather("acme", items)
    assert [item.item_id for item in found[NEWEST:]] == [
        f"1-{name}" for name in ("source-3", "source-1", "document-3", "document-2", "document-1")
    ]
