"""Uploaded documents on DynamoDB, in the `context` table; their bytes are objects in S3."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.shared.domain import keys
from functions.shared.domain.context.model import Document
from functions.shared.domain.limits import MOST_DOCUMENTS
from functions.shared.kernel.aws import classified
from functions.shared.kernel.store.batch import query_page, query_prefix
from functions.shared.kernel.store.counted import NEW, Counted, Exists
from functions.shared.kernel.store.items import Item, decode, encode
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDocuments:
    """Implements DocumentStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def put(self, document: Document, *, limit: int = MOST_DOCUMENTS) -> None:
        put: dict[str, Any] = {"TableName": self.table, "Item": _item(document)}
        with classified("storing a document"):
            try:
                new = {"Put": {**put, "ConditionExpression": NEW}}
                self._counted(document.org_id).make(new, limit=limit)
            except Exists:
                self.client().put_item(**put)

    def update(self, document: Document) -> bool:
        try:
            with classified("storing a document"):
                write(
                    lambda: self.client().put_item(
                        TableName=self.table, Item=_item(document), ConditionExpression="attribute_exists(pk)"
                    )
                )
        except ConditionFailed:
            return False
        return True

    def get(self, org_id: str, document_id: str) -> Document | None:
        key = encode(dict(keys.document(org_id, document_id)))
        with classified("reading a document"):
            answer = self.client().get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return _document(answer["Item"]) if "Item" in answer else None

    def of_org(self, org_id: str) -> list[Document]:
        items = query_prefix(self.client(), self.table, keys.document(org_id, ""), "listing documents")
        return [_document(item) for item in items]

    def page(self, org_id: str, *, after: str | None, limit: int) -> list[Document]:
        prefix = keys.document(org_id, "")
        items = query_page(self.client(), self.table, prefix, "listing documents", after=after, limit=limit)
        return [_document(item) for item in items]

    def delete(self, org_id: str, document_id: str) -> None:
        with classified("deleting a document"):
            self._counted(org_id).delete(keys.document(org_id, document_id))

    def _counted(self, org_id: str) -> Counted:
        counter = keys.count(org_id, "documents")
        return Counted(self.client(), self.table, keys.document(org_id, ""), counter, "documents")


def _item(document: Document) -> Item:
    text = document.model_dump_json(exclude_none=True)
    flag = {"unfinished": True} if document.unfinished else {}
    return encode({**keys.document(document.org_id, document.document_id), "document": text, **flag})


def _document(item: Any) -> Document:
    return Document.model_validate_json(decode(item)["document"])
