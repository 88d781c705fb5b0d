"""Organisations on DynamoDB."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.shared.domain import keys
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
        item = encode({**keys.organisation(organisation.org_id), "document": document})
        with classified("storing an organisation"):
            self.client().put_item(TableName=self.table, Item=item)

    def all(self) -> list[Organisation]:
        items = query_prefix(self.client(), self.table, keys.organisation(""), "listing organisations")
        return [Organisation.model_validate_json(decode(item)["document"]) for item in items]
