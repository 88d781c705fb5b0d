"""Social accounts and organisations on DynamoDB."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel

from functions.shared.aws import classified
from functions.shared.content import Account, Organisation
from functions.shared.store import keys
from functions.shared.store.batch import query_prefix
from functions.shared.store.items import decode, encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoAccountStore:
    """Implements AccountStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def put(self, account: Account) -> None:
        self._put(keys.account(account.org_id, account.account_id), account)

    def get(self, org_id: str, account_id: str) -> Account | None:
        with classified("reading an account"):
            answer = self.client().get_item(
                TableName=self.table, Key=encode(dict(keys.account(org_id, account_id))), ConsistentRead=True
            )
        return Account.model_validate_json(decode(answer["Item"])["document"]) if "Item" in answer else None

    def accounts(self, org_id: str) -> list[Account]:
        return [Account.model_validate_json(text) for text in self._documents(keys.account(org_id, ""))]

    def delete(self, org_id: str, account_id: str) -> None:
        with classified("deleting an account"):
            self.client().delete_item(TableName=self.table, Key=encode(dict(keys.account(org_id, account_id))))

    def put_organisation(self, organisation: Organisation) -> None:
        self._put(keys.organisation(organisation.org_id), organisation)

    def organisations(self) -> list[Organisation]:
        return [Organisation.model_validate_json(text) for text in self._documents(keys.organisation(""))]

    def _put(self, key: keys.Key, document: BaseModel) -> None:
        with classified("storing an account"):
            self.client().put_item(
                TableName=self.table, Item=encode({**key, "document": document.model_dump_json(exclude_none=True)})
            )

    def _documents(self, prefix: keys.Key) -> list[str]:
        items = query_prefix(self.client(), self.table, prefix, "listing accounts")
        return [decode(item)["document"] for item in items]
