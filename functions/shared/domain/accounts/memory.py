"""Accounts in memory, with the contract of the real store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.limits import MOST_ACCOUNTS
from functions.shared.kernel.store.counted import LimitReached


@dataclass
class MemoryAccountStore:
    """Accounts and organisations in dictionaries."""

    stored: dict[tuple[str, str], Account] = field(default_factory=dict)
    locks: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def put(self, account: Account, *, limit: int = MOST_ACCOUNTS) -> None:
        is_new = (account.org_id, account.account_id) not in self.stored
        if is_new and len(self.accounts(account.org_id)) >= limit:
            raise LimitReached("accounts", limit)
        self.stored[account.org_id, account.account_id] = account

    def get(self, org_id: str, account_id: str) -> Account | None:
        return self.stored.get((org_id, account_id))

    def accounts(self, org_id: str) -> list[Account]:
        found = [account for account in self.stored.values() if account.org_id == org_id]
        return sorted(found, key=lambda account: account.account_id)

    def page(self, org_id: str, *, after: str | None, limit: int) -> list[Account]:
        return [account for account in self.accounts(org_id) if account.account_id > (after or "")][:limit]

    def change(self, org_id: str, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        stored = self.get(org_id, account_id)
        if stored is None:
            return None
        after = change(stored)
        if after != stored:
            self.put(after)
        return after

    def delete(self, org_id: str, account_id: str) -> None:
        self.stored.pop((org_id, account_id), None)

    def lock(self, org_id: str, account_id: str, *, owner: str, now: datetime, until: datetime) -> bool:
        holder, held_until = self.locks.get((org_id, account_id), (owner, now))
        if holder != owner and held_until > now:
            return False
        self.locks[org_id, account_id] = (owner, until)
        return True

    def unlock(self, org_id: str, account_id: str, *, owner: str) -> None:
        if self.locks.get((org_id, account_id), ("",))[0] == owner:
            del self.locks[org_id, account_id]
