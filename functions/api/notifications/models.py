"""What callers send and get about notifications and how they want to be told."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, computed_field

from functions.api.masked import ShownAddress, ShownReason
from functions.api.models import Request, Time, View
from functions.shared.domain.limits import MOST_EMAILS, MOST_WEBHOOKS
from functions.shared.kernel.notifications.model import TO_ONE_ADDRESS, TROUBLES, DeliveryState, NotificationKind

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _address(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("must be an e-mail address, as in ops@acme.example")
    return text


def _url(text: str) -> str:
    if any(not "!" <= character <= "~" for character in text):
        raise ValueError("must be a URL of visible ASCII characters, without spaces")
    return text


def _choosable(kind: NotificationKind) -> NotificationKind:
    if kind in TO_ONE_ADDRESS:
        raise ValueError("is sent where it is meant for, and cannot be chosen")
    return kind


WebhookEvent = Annotated[NotificationKind, AfterValidator(_choosable)]
EmailAddress = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(_address)]
WebhookUrl = Annotated[
    str, Field(min_length=1, max_length=2000, description="An https address on port 443."), AfterValidator(_url)
]


class TryView(View):
    """One time it was handed over."""

    at: Time
    outcome: ShownReason | None = Field(description="What was answered, or why it failed; null while it lasts.")
    duration_ms: int | None


class DeliveryView(View):
    """One way the notification goes out."""

    channel: str = Field(description="email or webhook")
    target: ShownAddress = Field(description="The e-mail address, or the webhook's with `***` for each secret in it.")
    state: DeliveryState = Field(
        description="`given_up` and `unknown` are final: not delivered, and perhaps delivered but not sent again."
    )
    attempts: int
    next_at: Time | None = Field(description="When it is tried again.")
    reason: ShownReason | None
    ended_at: Time | None
    tries: tuple[TryView, ...] = Field(description="The latest ten, the last one last.")


class NotificationView(View):
    """Something the organisation's users should know."""

    notification_id: str
    kind: NotificationKind
    created_at: Time
    title: str = Field(description="What happened.")
    reason: str = Field(description="Why.")
    advice: str = Field(description="What to do.")
    link: str = Field(description="Path of what it is about.")
    retry_url: str | None = Field(description="Path to POST to, to try again.")
    count: int = Field(description="How many failures of one cause its message tells of.")
    told_with: str | None = Field(description="The notification whose message tells of this one, too.")
    read_at: Time | None
    deliveries: tuple[DeliveryView, ...] = Field(description="A delivery's number in calls is its place here, from 0.")

    @computed_field(description="Whether nobody has marked it as read.")  # type: ignore[prop-decorator]
    @property
    def unread(self) -> bool:
        """Not marked as read yet."""
        return self.read_at is None


class NotificationList(View):
    """A page of notifications, newest first."""

    items: list[NotificationView]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")
    unread_count: int = Field(description="Unread ones of the organisation, on this page or not.")


class UnreadCount(View):
    """How many notifications are unread now."""

    unread_count: int


class WebhookRequest(Request):
    """Where to post which events, signed by Standard Webhooks."""

    url: WebhookUrl
    events: tuple[WebhookEvent, ...] = Field(
        default=TROUBLES,
        min_length=1,
        max_length=20,
        description="Which events it wants; left out, all that tell of trouble. `job.completed`, `page.published`, "
        "`post.published` and `learning.changed` begin within a minute of being chosen.",
    )


class NotificationSettingsRequest(Request):
    """All addresses to tell; what is left out is not told any more."""

    emails: tuple[EmailAddress, ...] = Field(default=(), max_length=MOST_EMAILS)
    webhooks: tuple[WebhookRequest, ...] = Field(default=(), max_length=MOST_WEBHOOKS)


class WebhookView(View):
    """A webhook of the organisation."""

    webhook_id: str
    url: ShownAddress = Field(description="Its address, with `***` for each secret in it; a PUT may name it so.")
    events: tuple[NotificationKind, ...]
    created_at: Time
    rotated_at: Time | None
    switched_off_at: Time | None = Field(
        description="Nothing is posted there from then on; naming the address again in a PUT switches it on."
    )
    switched_off_because: str | None = Field(description="Why it was switched off.")
    secret: str | None = Field(
        default=None, description="The signing key, `whsec_...`: shown once, when it was just made; keep it."
    )


class EmailView(View):
    """An e-mail address, and whether it has confirmed that it wants mail."""

    email_id: str = Field(description="Names it in paths.")
    email: str
    confirmed: bool = Field(description="Until then it gets codes, and no notifications.")
    code_sent_at: Time | None = Field(description="When its latest code was mailed, while it is not confirmed.")


class ConfirmRequest(Request):
    """The code that was mailed to the address."""

    code: str = Field(min_length=1, max_length=50, description="As it stands in the latest mail.")


class NotificationSettingsView(View):
    """How the organisation is told."""

    emails: tuple[str, ...]
    addresses: tuple[EmailView, ...] = Field(description="The same e-mail addresses, with what is known of each.")
    webhooks: tuple[WebhookView, ...]
