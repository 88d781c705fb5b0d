"""Webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com). Decision 0026."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from standardwebhooks import Webhook as Signer

from functions.notifier.guarded_post import Answer
from functions.notifier.retry_after import asked_for
from functions.notifier.services import AddressGone
from functions.notifier.wording import title_of
from functions.shared.kernel.clock import Clock, rfc3339
from functions.shared.kernel.errors import PermanentError, RateLimited, TransientError
from functions.shared.kernel.notifications.model import Delivery, Notification
from functions.shared.kernel.notifications.store import NotificationStore
from functions.shared.kernel.notifications.webhook_keys import keys_in_use
from functions.shared.kernel.outbound import Bounds, require_address
from functions.shared.kernel.secrets.store import SecretStore

_GONE = 410
_MAY_ASK_FOR_LATER = (429, 503)


class Post(Protocol):
    """Sends a POST and tells what it was answered; TransientError when there was no answer."""

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Answer: ...


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Implements Channel. A webhook that is sent again has the same `webhook-id`, by which receivers know it."""

    store: NotificationStore
    secrets: SecretStore
    bounds: Bounds
    post: Post
    clock: Clock
    takes_once: bool = False

    def send(self, notification: Notification, delivery: Delivery) -> str:
        webhooks = self.store.preferences(notification.org_id).webhooks
        webhook = next((each for each in webhooks if each.webhook_id == delivery.webhook_id), None)
        if webhook is None:
            raise PermanentError("the webhook was removed from the settings")
        if webhook.switched_off_at is not None:
            raise PermanentError(f"the webhook is switched off: {webhook.switched_off_because}")
        require_address(webhook.url, self.bounds)
        now = self.clock()
        keys = keys_in_use(self.secrets.get(webhook.secret_id), now=now)
        if not keys:
            raise PermanentError("the webhook has no key; rotate it to make one")
        body = body_of(notification)
        answer = self.post(webhook.url, body.encode(), signed(notification.notification_id, body, keys, now=now))
        _require_success(answer, now=self.clock())
        return f"it answered {answer.status}"


def _require_success(answer: Answer, *, now: datetime) -> None:
    if answer.status == _GONE:
        raise AddressGone("it answered 410: the receiver is gone for good")
    if 200 <= answer.status < 300:
        return
    retry_at = asked_for(answer.retry_after, now=now) if answer.status in _MAY_ASK_FOR_LATER else None
    if retry_at is not None:
        raise RateLimited(f"it answered {answer.status} and asked for later", retry_at=retry_at)
    raise TransientError(f"it answered {answer.status}")


def body_of(notification: Notification) -> str:
    """The event as JSON."""
    data: dict[str, Any] = {
        "notification_id": notification.notification_id,
        "org_id": notification.org_id,
        "title": title_of(notification),
        "reason": notification.reason,
        "advice": notification.advice,
        "link": notification.link,
        "retry_url": notification.retry_url,
        "count": notification.count,
        "links": list(notification.together.links) if notification.together else [notification.link],
        "details": notification.details,
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
