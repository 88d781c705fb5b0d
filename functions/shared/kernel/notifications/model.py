"""What an organisation's users are told, and how far the telling is."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

MAX_REASON = 2000


class NotificationKind(StrEnum):
    """What happened, named as webhooks name event types."""

    JOB_FAILED = "job.failed"
    SOURCE_UNHEALTHY = "source.unhealthy"
    ACCOUNT_NEEDS_AUTHORISATION = "account.needs_authorisation"
    WEBHOOK_SWITCHED_OFF = "webhook.switched_off"
    WEBHOOK_TEST = "webhook.test"
    EMAIL_CONFIRMATION = "email.confirmation"
    MAILS_HELD_BACK = "email.held_back"
    JOB_COMPLETED = "job.completed"
    PAGE_PUBLISHED = "page.published"
    POST_PUBLISHED = "post.published"
    LEARNING_CHANGED = "learning.changed"


SUCCESSES = frozenset(
    {
        NotificationKind.JOB_COMPLETED,
        NotificationKind.PAGE_PUBLISHED,
        NotificationKind.POST_PUBLISHED,
        NotificationKind.LEARNING_CHANGED,
    }
)
"""Posted to the webhooks that want them, and made only then. Nobody has to read them. Decision 0027."""

TO_ONE_ADDRESS = frozenset(
    {NotificationKind.WEBHOOK_TEST, NotificationKind.EMAIL_CONFIRMATION, NotificationKind.MAILS_HELD_BACK}
)
"""Sent where they are meant for, and to nobody else."""

TROUBLES = tuple(kind for kind in NotificationKind if kind not in SUCCESSES | TO_ONE_ADDRESS)
"""What every address is told of unless it says otherwise."""


class DeliveryState(StrEnum):
    """Where one delivery is; the last three are final.

    `sending` is set before an e-mail is handed over: found by a later worker, it means the outcome is unknown.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"
    UNKNOWN = "unknown"


class Try(BaseModel):
    """One time a notification was handed over: what came of it, and after how long. Neither while it lasts."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    outcome: str | None = None
    duration_ms: int | None = None


class Delivery(BaseModel):
    """One notification to one address: `target` is an e-mail address or a webhook's URL.

    `first_at` is when it was first tried; `tries` are the latest, the last one last. `resend_keys` are the idempotency
    keys of the latest calls that had it sent again.
    """

    model_config = ConfigDict(frozen=True)

    channel: Literal["email", "webhook"]
    target: str
    webhook_id: str | None = None
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    first_at: datetime | None = None
    tries: tuple[Try, ...] = ()
    resend_keys: tuple[str, ...] = ()
    next_at: datetime | None = None
    reason: str | None = None
    ended_at: datetime | None = None


class Together(BaseModel):
    """Failures of one cause that are told in one message: that of the notification `leader`, which names `count`.

    `links` are those of the first few. Decision 0020.
    """

    model_config = ConfigDict(frozen=True)

    leader: str
    count: int = 1
    links: tuple[str, ...] = ()


class Group(BaseModel):
    """The failures of one cause that wait to be told together, until `closes_at`. `version` grows with each change."""

    model_config = ConfigDict(frozen=True)

    org_id: str
    cause: str
    together: Together
    closes_at: datetime
    closed_at: datetime | None = None
    version: int = 1


class Notification(BaseModel):
    """One event as told to an organisation.

    `link` and `retry_url` are paths of the API; `webhook_id` is set when only that webhook is to get it, and `email`
    when only that address is. `about` names
    what failed, in the plural, where failures of one cause are told together; `together` is with what. `details` are
    the ids and addresses of what an event of success is about. `deliveries`
    is filled when the first worker takes it. `due_at` is when a worker must look at it; None once every delivery is
    final. `claimed_until` is the worker's lease and `version` its fencing token; `claims` counts the workers since one
    came to its end.
    """

    model_config = ConfigDict(frozen=True)

    org_id: str
    notification_id: str
    kind: NotificationKind
    created_at: datetime
    title: str
    reason: str
    advice: str
    link: str
    retry_url: str | None = None
    webhook_id: str | None = None
    email: str | None = None
    about: str | None = None
    cause: str | None = None
    together: Together | None = None
    details: Mapping[str, str] | None = None
    read_at: datetime | None = None
    deliveries: tuple[Delivery, ...] = ()
    due_at: datetime | None = None
    claimed_until: datetime | None = None
    version: int = 0
    claims: int = 0

    @property
    def count(self) -> int:
        """How many events it tells of."""
        return self.together.count if self.together else 1

    @property
    def is_leader(self) -> bool:
        """Whether others of its cause are told with it."""
        return self.together is not None and self.together.leader == self.notification_id

    @property
    def told_with(self) -> str | None:
        """The notification whose message tells of this one, too."""
        return self.together.leader if self.together and not self.is_leader else None


class Webhook(BaseModel):
    """Where an organisation wants these events posted. Its signing keys are in Secrets Manager under `secret_id`.

    Nothing is posted to it from `switched_off_at` on, until somebody gives the address again, at `switched_on_at`.
    """

    model_config = ConfigDict(frozen=True)

    webhook_id: str
    url: str
    secret_id: str
    created_at: datetime
    events: tuple[NotificationKind, ...] = TROUBLES
    rotated_at: datetime | None = None
    switched_off_at: datetime | None = None
    switched_off_because: str | None = None
    switched_on_at: datetime | None = None


class Unconfirmed(BaseModel):
    """An e-mail address that has not confirmed yet that it wants mail, with what is kept of its latest code.

    `asked_at` are when codes were asked for within the hour. Decision 0037.
    """

    model_config = ConfigDict(frozen=True)

    email: str
    added_at: datetime
    asked_at: tuple[datetime, ...] = ()
    sent_at: datetime | None = None
    salt: str | None = None
    digest: str | None = None
    tries: int = 0


class Preferences(BaseModel):
    """How an organisation wants to be told, beyond the API. `version` grows with each change.

    Of its `emails` those that are `unconfirmed` get nothing but codes.
    """

    model_config = ConfigDict(frozen=True)

    emails: tuple[str, ...] = ()
    unconfirmed: tuple[Unconfirmed, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    version: int = 0

    @property
    def confirmed(self) -> tuple[str, ...]:
        """The addresses that get notifications."""
        waiting = {each.email for each in self.unconfirmed}
        return tuple(email for email in self.emails if email not in waiting)

    @property
    def wanted(self) -> frozenset[NotificationKind]:
        """The events of success that somebody is to be told of."""
        kinds = {kind for webhook in self.webhooks if webhook.switched_off_at is None for kind in webhook.events}
        return SUCCESSES & kinds
