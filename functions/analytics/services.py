"""What measuring needs."""

from dataclasses import dataclass, field
from datetime import timedelta

from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.accounts.store import AccountStore
from functions.shared.domain.content.store import ContentStore
from functions.shared.domain.due.store import DueStore
from functions.shared.domain.measured.store import MetricsStore
from functions.shared.domain.organisation.store import OrganisationStore
from functions.shared.domain.publish_intent import PREVIEW_ACCOUNT_ID, preview_account
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.notifications.store import NotificationStore
from functions.shared.networks.registry.counts import Readers


@dataclass(frozen=True, slots=True)
class Services:
    """The stores, the platforms' readers and the job engine. `retention` is how long time series are kept."""

    contents: ContentStore
    accounts: AccountStore
    organisations: OrganisationStore
    due: DueStore
    metrics: MetricsStore
    notifications: NotificationStore
    readers: Readers
    engine: Engine
    rhythm: Rhythm = field(default_factory=Rhythm)
    retention: timedelta = timedelta(days=400)

    def account(self, org_id: str, account_id: str) -> Account:
        """The account, the built-in one included; PermanentError when there is none."""
        account = self.accounts.get(org_id, account_id)
        if account is None and account_id == PREVIEW_ACCOUNT_ID:
            return preview_account(org_id)
        if account is None:
            raise PermanentError(f"there is no account {account_id}")
        return account
