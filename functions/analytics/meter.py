"""What measuring needs."""

from dataclasses import dataclass, field
from datetime import timedelta

from functions.analytics.metrics.choose import Readers
from functions.analytics.when_to_read import Rhythm
from functions.shared.content import Account
from functions.shared.errors import PermanentError
from functions.shared.jobs.engine import Engine
from functions.shared.measured.store import MetricsStore
from functions.shared.notifications.store import NotificationStore
from functions.shared.publish_intent import PREVIEW_ACCOUNT_ID, preview_account
from functions.shared.store.content import AccountStore, ContentStore


@dataclass(frozen=True, slots=True)
class Meter:
    """The stores, the platforms' readers and the job engine. `retention` is how long time series are kept."""

    contents: ContentStore
    accounts: AccountStore
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
