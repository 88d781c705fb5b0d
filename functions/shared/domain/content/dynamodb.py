"""Pages, variants and posts on DynamoDB: each item is a content's JSON, beside the keys it is found by."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from functions.shared.domain import keys
from functions.shared.domain.content.model import Content, Page, Post
from functions.shared.domain.content.published import Publication, publication_of, published_place
from functions.shared.domain.network import Network
from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.notifications.model import Notification
from functions.shared.kernel.notifications.outbox import Outbox, put_beside
from functions.shared.kernel.store.batch import query_all
from functions.shared.kernel.store.items import Item, Scalar, decode, encode
from functions.shared.kernel.store.keys import Key
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


@dataclass(frozen=True, slots=True)
class DynamoContentStore:
    """Implements ContentStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"
    outbox: Outbox | None = None

    def put(self, content: Content) -> None:
        with classified("storing content"):
            if isinstance(content, Page):
                pointer = {**keys.slug(content.org_id, content.slug), "content_id": content.content_id}
                self.client().put_item(TableName=self.table, Item=encode(pointer))
            self.client().put_item(TableName=self.table, Item=_item(content))

    def get(self, org_id: str, content_id: str) -> Content | None:
        item = self._get(keys.content(org_id, content_id))
        return None if item is None else _content(item)

    def find(self, content_id: str) -> Content | None:
        found = [content for content in self._related(content_id) if content.content_id == content_id]
        return found[0] if found else None

    def family(self, org_id: str, content_id: str) -> list[Content]:
        related = self._related(content_id)
        return [content for content in related if content.org_id == org_id and content.content_id != content_id]

    def page_by_slug(self, org_id: str, slug: str) -> Page | None:
        pointer = self._get(keys.slug(org_id, slug))
        page = self.get(org_id, decode(pointer)["content_id"]) if pointer is not None else None
        return page if isinstance(page, Page) else None

    def reserve_slug(self, org_id: str, slug: str, content_id: str) -> str:
        pointer = encode({**keys.slug(org_id, slug), "content_id": content_id})
        try:
            with classified("reserving a page's address"):
                write(
                    lambda: self.client().put_item(
                        TableName=self.table, Item=pointer, ConditionExpression="attribute_not_exists(pk)"
                    )
                )
        except ConditionFailed:
            return str(decode(self._get(keys.slug(org_id, slug)))["content_id"])
        return content_id

    def newest(
        self, org_id: str, *, kind: str | None = None, limit: int = 50, before: str | None = None
    ) -> tuple[list[Content], str | None]:
        found: list[Content] = []
        request = _newest_request(self.table, org_id, kind, before)
        while len(found) <= limit:
            with classified("listing content"):
                answer = self.client().query(**request)
            found += [_content(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit], found[limit - 1].content_id if len(found) > limit else None

    def published(
        self, org_id: str, account_id: str, *, since: datetime, limit: int = 100, before: str | None = None
    ) -> tuple[list[Post], str | None]:
        account = keys.account_posts(org_id, account_id)
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "published",
            "KeyConditionExpression": "account = :account AND published_at >= :since",
            "ExpressionAttributeValues": encode({":account": account, ":since": rfc3339(since)}),
            "ScanIndexForward": False,
            "Limit": limit + 1,
        }
        if before is not None:
            published_at, _, content_id = before.partition("#")
            last = {**keys.content(org_id, content_id), "account": account, "published_at": published_at}
            request["ExclusiveStartKey"] = encode(last)
        found = [_content(item) for item in query_all(self.client(), request, "listing published posts")]
        posts = [content for content in found if isinstance(content, Post)]
        return posts[:limit], published_place(posts[limit - 1]) if len(posts) > limit else None

    def publications(self, org_id: str, *, since: datetime, limit: int) -> list[Publication]:
        values = {":org": keys.org_publications(org_id), ":since": rfc3339(since)}
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "publications",
            "KeyConditionExpression": "org_publications = :org AND publication >= :since",
            "ExpressionAttributeValues": encode(values),
            "ScanIndexForward": False,
            "Limit": limit,
        }
        found = query_all(self.client(), request, "listing publications")
        return [_publication(item) for item in found[:limit]]

    def open_post(self, post: Post) -> Post:
        try:
            with classified("storing a publish intent"):
                write(
                    lambda: self.client().put_item(
                        TableName=self.table, Item=_item(post), ConditionExpression="attribute_not_exists(pk)"
                    )
                )
        except ConditionFailed:
            stored = self.get(post.org_id, post.content_id)
            if not isinstance(stored, Post):
                raise AssertionError(f"{post.content_id} is not a post") from None
            return stored
        return post

    def claim_post(self, before: Post, after: Post, *, also: Notification | None = None) -> bool:
        seen: dict[str, Scalar] = {":state": before.state, ":claimed_by": before.claimed_by}
        claimant = "claimed_by = :claimed_by" if before.claimed_by else "attribute_not_exists(claimed_by)"
        put = {
            "TableName": self.table,
            "Item": _item(after),
            "ConditionExpression": f"#state = :state AND {claimant}",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": encode(seen),
        }
        try:
            with classified("claiming a publish intent"):
                put_beside(self.client(), put, also, self.outbox)
        except ConditionFailed:
            stored = self.get(before.org_id, before.content_id)
            return stored == after  # our own write, whose answer was lost
        return True

    def _related(self, content_id: str) -> list[Content]:
        request: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": "family",
            "KeyConditionExpression": "#family = :family",
            "ExpressionAttributeNames": {"#family": "family"},
            "ExpressionAttributeValues": encode({":family": content_id}),
        }
        return [_content(item) for item in query_all(self.client(), request, "reading related content")]

    def _get(self, key: Key) -> Any:
        with classified("reading content"):
            answer = self.client().get_item(TableName=self.table, Key=encode(dict(key)), ConsistentRead=True)
        return answer.get("Item")


def _newest_request(table: str, org_id: str, kind: str | None, before: str | None) -> dict[str, Any]:
    values: dict[str, Scalar] = {":pk": f"ORG#{org_id}", ":low": "CONTENT#", ":high": "CONTENT#~"}
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
        "ScanIndexForward": False,
        "ConsistentRead": True,
    }
    if kind is not None:
        values[":kind"] = kind
        request |= {"FilterExpression": "#kind = :kind", "ExpressionAttributeNames": {"#kind": "kind"}}
    if before is not None:
        request["ExclusiveStartKey"] = encode(dict(keys.content(org_id, before)))
    return request | {"ExpressionAttributeValues": encode(values)}


def _item(content: Content) -> Item:
    values: dict[str, Scalar] = {
        **keys.content(content.org_id, content.content_id),
        "content_id": content.content_id,
        "family": content.content_id if isinstance(content, Page) else content.parent_id or content.content_id,
        "kind": content.kind,
        "document": content.model_dump_json(exclude_none=True),
    }
    if isinstance(content, Post):
        values |= {"state": content.state, "claimed_by": content.claimed_by}
        if content.published_at is not None and published_place(content) is not None:
            values["account"] = keys.account_posts(content.org_id, content.account_id)
            values["published_at"] = rfc3339(content.published_at)
        if (publication := publication_of(content)) is not None:
            values["org_publications"] = keys.org_publications(content.org_id)
            values["publication"] = _publication_key(publication)
    return encode(values)


def _publication_key(publication: Publication) -> str:
    """All there is to know of a publication: the index holds nothing but keys."""
    at = rfc3339(publication.published_at)
    return f"{at}#{publication.publisher}#{publication.network}#{publication.account_id}"


def _publication(item: Mapping[str, Any]) -> Publication:
    values = decode(item)
    published_at, publisher, network, account_id = values["publication"].split("#", 3)
    return Publication(
        content_id=values["sk"].removeprefix("CONTENT#"),
        published_at=datetime.fromisoformat(published_at),
        publisher=publisher,
        network=Network(network),
        account_id=account_id,
    )


def _content(item: Mapping[str, Any]) -> Content:
    return _CONTENT.validate_python(json.loads(decode(item)["document"]))
