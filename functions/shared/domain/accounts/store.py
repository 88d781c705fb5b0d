"""The port to where social accounts are kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.limits import MOST_ACCOUNTS


class AccountStore(Protocol):
    """The `accounts` table."""

    def put(self, account: Account, *, limit: int = MOST_ACCOUNTS) -> None:
        """Store, replacing the account of the same id; raises LimitReached for a new one beyond `limit`."""

    def get(self, org_id: str, account_id: str) -> Account | None:
        """One account."""

    def accounts(self, org_id: str) -> list[Account]:
        """The organisation's accounts, oldest first."""

    def page(self, org_id: str, *, after: str | None, limit: int) -> list[Account]:
        """At most `limit` of them, from behind the id `after`; nothing else is read."""

    def change(self, org_id: str, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        """Apply a change to the stored account, again when another was first; None when there is none.

        Returns what is stored then. A change that leaves the account as it is writes nothing.
        """

    def delete(self, org_id: str, account_id: str) -> None:
        """Forget an account; nothing happens when there is none."""

    def lock(self, org_id: str, account_id: str, *, owner: str, now: datetime, until: datetime) -> bool:
        """Take the account's lock for `owner`, unless another has it at `now`; it is free again at `until`."""

    def unlock(self, org_id: str, account_id: str, *, owner: str) -> None:
        """Give the lock back, if `owner` still has it."""
