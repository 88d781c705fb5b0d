"""One content on one account is posted once: the ids, and the accounts, that every planner must agree on."""

from collections.abc import Sequence
from datetime import UTC, datetime

from functions.shared.domain.accounts.model import PREVIEW, Account
from functions.shared.domain.network import Network
from functions.shared.kernel.clock import derived_id

PREVIEW_ACCOUNT_ID = "preview"


def post_id(org_id: str, content_id: str, account_id: str, content_created_at: datetime) -> str:
    """The id of the one post of this content on this account."""
    return derived_id(content_created_at, "post", org_id, content_id, account_id)


def publish_job_id(org_id: str, content_id: str, account_id: str, content_created_at: datetime) -> str:
    """The id of the one planned job that posts this content on this account."""
    return derived_id(content_created_at, "publish", org_id, content_id, account_id)


def preview_account(org_id: str, network: Network | None = None) -> Account:
    """The built-in account of an organisation that has connected none: it records what would be posted.

    It is on the network a text was written for; on Twitter when there is none yet.
    """
    return Account(
        org_id=org_id,
        account_id=PREVIEW_ACCOUNT_ID,
        network=network or Network.TWITTER,
        publisher=PREVIEW,
        name="Preview",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def publishing_accounts(org_id: str, connected: Sequence[Account], network: Network | None = None) -> list[Account]:
    """The accounts a content goes to: the enabled ones, or the preview account when none is connected at all.

    `network` limits them to one network, for a text that was written for it.
    """
    accounts = connected or [preview_account(org_id, network)]
    return [account for account in accounts if account.enabled and network in (None, account.network)]
