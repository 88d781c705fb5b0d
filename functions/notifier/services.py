"""Everything the notifier works with, as one argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from functions.notifier.mailboxes.store import Mailboxes
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.notifications.model import Delivery, Notification
from functions.shared.kernel.notifications.store import NotificationStore


class AddressGone(PermanentError):
    """Whoever answers there wants to hear no more: the address is switched off."""


class Channel(Protocol):
    """A way to reach an address."""

    @property
    def takes_once(self) -> bool:
        """Whether what is sent twice arrives twice: then it is marked before it is sent."""

    def send(self, notification: Notification, delivery: Delivery) -> str:
        """Hand it over, and tell what was answered.

        PermanentError: never again; OutcomeUnknown: perhaps taken; anything else: later again.
        """


@dataclass(frozen=True, slots=True)
class Services:
    """What delivering needs; channels by name. `wait` is how long a failure waits for others of its cause."""

    store: NotificationStore
    channels: Mapping[str, Channel] = field(default_factory=dict)
    clock: Clock = field(kw_only=True)
    wait: timedelta = field(default=timedelta(), kw_only=True)
    mailboxes: Mailboxes = field(kw_only=True)
