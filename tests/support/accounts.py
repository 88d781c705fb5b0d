"""Accounts for tests."""

from datetime import datetime
from typing import Any

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.network import Network


def an_x_account(now: datetime, **changes: Any) -> Account:
    """`x-1` of acme, on X, with its tokens in `accounts/acme/x-1`."""
    account_id = changes.get("account_id", "x-1")
    account = Account(
        org_id="acme",
        account_id=account_id,
        network=Network.TWITTER,
        publisher="x",
        name="Acme",
        secret_id=f"accounts/acme/{account_id}",
        created_at=now,
    )
    return account.model_copy(update=changes)
