"""What posting needs."""

from dataclasses import dataclass

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.accounts.store import AccountStore
from functions.shared.domain.content.model import Page, Variant
from functions.shared.domain.content.store import ContentStore
from functions.shared.domain.measured.store import MetricsStore
from functions.shared.domain.publish_intent import PREVIEW_ACCOUNT_ID, preview_account
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.networks.registry.publishers import Publishers
from functions.shared.writing.models.port import TextModel

Postable = Page | Variant


def title_of(content: Postable) -> str:
    """What people call this content."""
    return content.title if isinstance(content, Page) else content.topic


@dataclass(frozen=True, slots=True)
class Services:
    """The stores, the model, the platforms and the job engine."""

    contents: ContentStore
    accounts: AccountStore
    model: TextModel
    publishers: Publishers
    engine: Engine
    metrics: MetricsStore

    def postable(self, org_id: str, content_id: str) -> Postable:
        """The page or variant; PermanentError when the organisation has none of this id."""
        content = self.contents.get(org_id, content_id)
        if content is None:
            raise PermanentError(f"there is no content {content_id}")
        if not isinstance(content, Postable):
            raise PermanentError(f"{content_id} is a {content.kind}: only pages and variants can be posted")
        return content

    def account(self, org_id: str, account_id: str, content: Postable) -> Account:
        """The account to post this content on; PermanentError says why that cannot be."""
        network = content.network if isinstance(content, Variant) else None
        account = self.accounts.get(org_id, account_id)
        if account is None and account_id == PREVIEW_ACCOUNT_ID:
            account = preview_account(org_id, network)
        if account is None:
            raise PermanentError(f"there is no account {account_id}")
        if not account.enabled:
            raise PermanentError(f"the account {account.name} is switched off")
        if network not in (None, account.network):
            raise PermanentError(
                f"{content.content_id} was written for {network}, the account {account.name} is on {account.network}"
            )
        return account
