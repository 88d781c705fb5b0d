"""Makes the code that confirms an address when it is about to be mailed, so that it lies nowhere. Decision 0037."""

import secrets

from functions.notifier.services import Services
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.notifications.confirming import code_of, unconfirmed, with_code
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.kernel.notifications.store import NoticeConflict

_ROUNDS = 5
_BYTES = 16


def with_new_code(notification: Notification, services: Services) -> Notification:
    """What is to be mailed: for the confirmation of an address with a code, whose digest is kept.

    Raises PermanentError when the address was confirmed or removed meanwhile.
    """
    if notification.kind is not NotificationKind.EMAIL_CONFIRMATION or notification.email is None:
        return notification
    for _ in range(_ROUNDS):
        before = services.store.preferences(notification.org_id)
        if unconfirmed(before, notification.email) is None:
            raise PermanentError("the address was confirmed or removed meanwhile")
        code = code_of(secrets.token_bytes(_BYTES))
        salt = secrets.token_hex(_BYTES)
        after = with_code(before, notification.email, code, salt=salt, now=services.clock())
        try:
            services.store.save_preferences(notification.org_id, before, after)
        except NoticeConflict:
            continue
        return notification.model_copy(update={"details": {"code": code}})
    raise TransientError("the settings are being changed")
