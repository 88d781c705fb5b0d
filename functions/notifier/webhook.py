"""Webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ssrfguard import Policy
from standardwebhooks import Webhook as Signer

from functions.shared.kernel.clock import Clock, rfc3339
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.notifications.model import Delivery, Notification
from functions.shared.kernel.notifications.store import NotificationStore
from functions.shared.kernel.notifications.webhook_keys import keys_in_use
from functions.shared.kernel.outbound import require_callable
from functions.shared.kernel.secrets.store import SecretStore

_GONE = 410


class Post(Protocol):
    """Sends a POST and tells the status it was answered with; TransientError when there was no answer."""

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int: ...


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Implements Channel. A webhook that is sent again has the same `webhook-id`, by which receivers know it."""

    store: NotificationStore
    secrets: SecretStore
    policy: Policy
    post: Post
    clock: Clock
    takes_once: bool = False

    def send(self, notification: Notification, delivery: Delivery) -> None:
        webhooks = self.store.preferences(notification.org_id).webhooks
        webhook = next((each for each in webhooks if each.webhook_id == delivery.webhook_id), None)
        if webhook is None:
            raise PermanentError("the webhook was removed from the settings")
        require_callable(webhook.url, self.policy)
        now = self.clock()
        keys = keys_in_use(self.secrets.get(webhook.secret_id), now=now)
        if not keys:
            raise PermanentError("the webhook has no key; rotate it to make one")
        body = body_of(notification)
        status = self.post(webhook.url, body.encode(), signed(notification.notification_id, body, keys, now=now))
        if status == _GONE:
            raise PermanentError("it answered 410: the receiver is gone for good")
        if not 200 <= status < 300:
            raise TransientError(f"it answered {status}")


def body_of(notification: Notification) -> str:
    """The event as JSON."""
    data: dict[str, Any] = {
        "notification_id": notification.notification_id,
        "org_id": notification.org_id,
        "title": notification.title,
        "reason": notification.reason,
        "advice": notification.advice,
        "link": notification.link,
        "retry_url": notification.retry_url,
    }
    event = {"type": notification.kind, "timestamp": rfc3339(notification.created_at), "data": data}
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def signed(message_id: str, body: str, keys: list[str], *, now: datetime) -> dict[str, str]:
    """The headers: one signature for each key, so that receivers can go over to a new key in their own time."""
    signatures = [Signer(key).sign(message_id, now, body) for key in keys]
    return {
        "content-type": "application/json",
        "user-agent": "Flywheel",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
