"""Organisations on DynamoDB."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.shared.domain import keys
from functions.shared.domain.due.items import shard_of, update_of
from functions.shared.domain.due.model import Plan, first_pages
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.aws import classified
from functions.shared.kernel.store.batch import query_prefix
from functions.shared.kernel.store.items import decode, encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoOrganisationStore:
    """Implements OrganisationStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def put(self, organisation: Organisation) -> None:
        document = organisation.model_dump_json(exclude_none=True)
        key, shard = keys.organisation(organisation.org_id), shard_of(Plan.PAGES, organisation.org_id)
        update = update_of(self.table, key, document=document, shard=shard, first_at=first_pages(organisation))
        with classified("storing an organisation"):
            self.client().update_item(**update)

    def get(self, org_id: str) -> Organisation | None:
        with classified("reading an organisation"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.organisation(org_id))), ConsistentRead=True
            )
        return Organisation.model_validate_json(decode(answer["Item"])["document"]) if "Item" in answer else None

    def all(self) -> list[Organisation]:
        items = query_prefix(self.client(), self.table, keys.organisation(""), "listing organisations")
        return [Organisation.model_validate_json(decode(item)["document"]) for item in items]
