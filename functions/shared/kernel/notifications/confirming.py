"""An e-mail address proves that it wants mail: by a code that was sent to it. Pure. Decision 0037.

What is kept of a code is a salted digest. A code holds for a day and five tries.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from functions.shared.kernel.notifications.model import Preferences, Unconfirmed

LIFETIME = timedelta(hours=24)
MOST_TRIES = 5
CODES_AN_HOUR = 3
HOUR = timedelta(hours=1)

_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is read as another
_GROUP = 4
_LENGTH = 12


def email_id_of(email: str) -> str:
    """What names an address in a path of the API."""
    return hashlib.sha256(email.encode()).hexdigest()[:16]


def code_of(randomness: bytes) -> str:
    """A code as it is shown, of so many bytes: `7KMP-QX2W-HD9T`."""
    letters = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in randomness[:_LENGTH])
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def with_code(preferences: Preferences, email: str, code: str, *, salt: str, now: datetime) -> Preferences:
    """The settings in which this code, and no earlier one, confirms the address."""
    sent = {"salt": salt, "digest": _digest(code, salt), "sent_at": now, "tries": 0}
    return _changed(preferences, email, **sent)


def asked(preferences: Preferences, email: str, *, now: datetime) -> Preferences:
    """The settings that remember that somebody asked for a code."""
    pending = unconfirmed(preferences, email)
    before = pending.asked_at if pending else ()
    return _changed(preferences, email, asked_at=(*recent(before, now), now))


def recent(moments: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Those of the last hour."""
    return tuple(moment for moment in moments if moment > now - HOUR)


def unconfirmed(preferences: Preferences, email: str) -> Unconfirmed | None:
    """The address, while it is not confirmed."""
    return next((each for each in preferences.unconfirmed if each.email == email), None)


def holds(pending: Unconfirmed, *, now: datetime) -> bool:
    """Whether there is a code that may still be tried."""
    is_young = pending.sent_at is not None and now < pending.sent_at + LIFETIME
    return is_young and pending.tries < MOST_TRIES


def is_code(pending: Unconfirmed, code: str) -> bool:
    """Whether it is the code that was sent; compared in a time that tells nothing."""
    return hmac.compare_digest(_digest(code, pending.salt or ""), pending.digest or "")


def tried(preferences: Preferences, email: str) -> Preferences:
    """The settings after a wrong code."""
    pending = unconfirmed(preferences, email)
    return _changed(preferences, email, tries=pending.tries + 1 if pending else 0)


def confirmed(preferences: Preferences, email: str) -> Preferences:
    """The settings in which the address gets mail."""
    rest = tuple(each for each in preferences.unconfirmed if each.email != email)
    return preferences.model_copy(update={"unconfirmed": rest})


def _changed(preferences: Preferences, email: str, **changes: object) -> Preferences:
    pending = tuple(
        each.model_copy(update=changes) if each.email == email else each for each in preferences.unconfirmed
    )
    return preferences.model_copy(update={"unconfirmed": pending})


def _digest(code: str, salt: str) -> str:
    letters = "".join(character for character in code.upper() if character.isalnum())
    return hashlib.sha256(f"{salt}:{letters}".encode()).hexdigest()
