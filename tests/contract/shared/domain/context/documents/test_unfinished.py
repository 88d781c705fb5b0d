"""One suite over which documents' parts are not to be used, in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.context.documents.dynamodb import DynamoDocuments
from functions.shared.domain.context.documents.memory import MemoryDocuments
from functions.shared.domain.context.documents.store import DocumentStore
from functions.shared.domain.context.gather import gather
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.items.store import ItemStore
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.sources import a_document, an_item


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[tuple[DocumentStore, ItemStore]]:
    if request.param == "memory":
        documents = MemoryDocuments()
        yield documents, MemoryItems(clock, documents=documents)
        return
    with mock_aws():
        make_tables()
        client = partial(boto3.client, "dynamodb")
        yield DynamoDocuments("context", client), DynamoItems("context", client, clock)


def test_a_document_is_unfinished_until_it_says_otherwise(
    stores: tuple[DocumentStore, ItemStore], clock: ManualClock
) -> None:
    documents, items = stores
    begun = a_document(clock(), unfinished=True)
    documents.put(begun)
    documents.put(a_document(clock(), document_id="document-2"))
    documents.put(a_document(clock(), document_id="document-3", org_id="other", unfinished=True))
    assert items.unfinished("acme") == {"document-1"}
    assert documents.get("acme", "document-1") == begun

    documents.update(begun.model_copy(update={"unfinished": False}))

    assert items.unfinished("acme") == set()


def test_parts_of_an_unfinished_document_are_not_gathered(
    stores: tuple[DocumentStore, ItemStore], clock: ManualClock
) -> None:
    documents, items = stores
    documents.put(a_document(clock(), unfinished=True))
    documents.put(a_document(clock(), document_id="document-2"))
    for item_id, origin, origin_id in (
        ("1", "document", "document-1"),
        ("2", "document", "document-2"),
        ("3", "feed", "source-1"),
    ):
        item = an_item(clock(), item_id=item_id, origin=origin, origin_id=origin_id)
        items.save(item, marks=(), expires_at=clock() + timedelta(days=1))

    assert {item.origin_id for item in gather("acme", items)} == {"document-2", "source-1"}
