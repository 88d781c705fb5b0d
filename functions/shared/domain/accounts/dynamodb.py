"""Social accounts on DynamoDB. How many an organisation has is counted (decision 0035)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.shared.domain import keys
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.due.items import shard_of, update_of
from functions.shared.domain.due.model import Plan, first_counts
from functions.shared.domain.limits import MOST_ACCOUNTS
from functions.shared.kernel.aws import classified
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.store.batch import query_page, query_prefix
from functions.shared.kernel.store.counted import NEW, Counted, Exists
from functions.shared.kernel.store.items import decode, encode
from functions.shared.kernel.store.keys import Key
from functions.shared.kernel.store.transactions import ConditionFailed, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_TRIES = 10
_LOCKS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DynamoAccountStore:
    """Implements AccountStore."""

    table: str
    client: "Callable[[], DynamoDBClient]"

    def put(self, account: Account, *, limit: int = MOST_ACCOUNTS) -> None:
        update = self._update(account)
        with classified("storing an account"):
            try:
                new = {"Update": {**update, "ConditionExpression": NEW}}
                self._counted(account.org_id).make(new, limit=limit)
            except Exists:
                self.client().update_item(**update)

    def get(self, org_id: str, account_id: str) -> Account | None:
        document = self._document(keys.account(org_id, account_id))
        return None if document is None else Account.model_validate_json(document)

    def accounts(self, org_id: str) -> list[Account]:
        return [Account.model_validate_json(text) for text in self._documents(keys.account(org_id, ""))]

    def page(self, org_id: str, *, after: str | None, limit: int) -> list[Account]:
        prefix = keys.account(org_id, "")
        items = query_page(self.client(), self.table, prefix, "listing accounts", after=after, limit=limit)
        return [Account.model_validate_json(decode(item)["document"]) for item in items]

    def change(self, org_id: str, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        key = keys.account(org_id, account_id)
        for _ in range(_TRIES):
            document = self._document(key)
            if document is None:
                return None
            before = Account.model_validate_json(document)
            after = change(before)
            if after == before or self._replaced(document, after):
                return after
        raise TransientError("the account keeps changing; try again")

    def delete(self, org_id: str, account_id: str) -> None:
        with classified("deleting an account"):
            self._counted(org_id).delete(keys.account(org_id, account_id))

    def lock(self, org_id: str, account_id: str, *, owner: str, now: datetime, until: datetime) -> bool:
        held = {**keys.account_lock(org_id, account_id), "owner": owner, "until": rfc3339(until)}
        with classified("locking an account"):
            try:
                write(
                    lambda: self.client().put_item(
                        TableName=self.table,
                        Item=encode({**held, "expires_at": int((until + _LOCKS_KEPT).timestamp())}),
                        ConditionExpression="attribute_not_exists(pk) OR #owner = :owner OR #until <= :now",
                        ExpressionAttributeNames={"#owner": "owner", "#until": "until"},
                        ExpressionAttributeValues=encode({":owner": owner, ":now": rfc3339(now)}),
                    )
                )
            except ConditionFailed:
                return False
        return True

    def unlock(self, org_id: str, account_id: str, *, owner: str) -> None:
        # The condition fails when another has it by now, or nobody.
        with classified("unlocking an account"), suppress(ConditionFailed):
            write(
                lambda: self.client().delete_item(
                    TableName=self.table,
                    Key=encode(dict(keys.account_lock(org_id, account_id))),
                    ConditionExpression="#owner = :owner",
                    ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues=encode({":owner": owner}),
                )
            )

    def _counted(self, org_id: str) -> Counted:
        counter = keys.count(org_id, "accounts")
        return Counted(self.client(), self.table, keys.account(org_id, ""), counter, "accounts")

    def _update(self, account: Account) -> dict[str, Any]:
        return update_of(
            self.table,
            keys.account(account.org_id, account.account_id),
            document=account.model_dump_json(exclude_none=True),
            shard=shard_of(Plan.COUNTS, account.org_id),
            first_at=first_counts(account),
        )

    def _replaced(self, document: str, after: Account) -> bool:
        """Store unless the document has changed since it was read."""
        request = self._update(after)
        request["ConditionExpression"] = "document = :before"
        request["ExpressionAttributeValues"] |= encode({":before": document})
        with classified("changing an account"):
            try:
                write(lambda: self.client().update_item(**request))
            except ConditionFailed:
                return False
        return True

    def _document(self, key: Key) -> str | None:
        with classified("reading an account"):
            answer = self.client().get_item(TableName=self.table, Key=encode(dict(key)), ConsistentRead=True)
        return str(decode(answer["Item"])["document"]) if "Item" in answer else None

    def _documents(self, prefix: Key) -> list[str]:
        items = query_prefix(self.client(), self.table, prefix, "listing accounts")
        return [decode(item)["document"] for item in items]
