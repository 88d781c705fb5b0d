"""How many mails an address has got within the hour, from whichever organisations. Decision 0037."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Protocol

MAILS_AN_HOUR = 20
HOUR = timedelta(hours=1)


class Mailboxes(Protocol):
    """Counts the mails of the last hour, by address."""

    def take(self, address: str, *, purpose: str, most: int, now: datetime) -> datetime | None:
        """Count one more mail, before it is sent; when it may be sent instead, if that would be one too many.

        At most MAILS_AN_HOUR of all purposes together, and `most` of this one. Raises TransientError.
        """


def mailbox_of(address: str) -> str:
    """The box that mail to the address lies in, as a digest: upper case and a `+tag` lead to the same."""
    local, _, domain = address.casefold().rpartition("@")
    return hashlib.sha256(f"{local.partition('+')[0]}@{domain}".encode()).hexdigest()[:32]


def taken(sent: list[str], *, purpose: str, most: int, now: datetime) -> list[str] | datetime:
    """The mails of the last hour with one more, or when there may be one more. Each is `seconds purpose`."""
    since = (now - HOUR).timestamp()
    recent = [each for each in sent if float(each.split(" ")[0]) > since]
    alike = [each for each in recent if each.split(" ")[1] == purpose]
    for mails, limit in ((recent, MAILS_AN_HOUR), (alike, most)):
        if len(mails) >= limit:
            return datetime.fromtimestamp(float(mails[-limit].split(" ")[0]), UTC) + HOUR
    return [*recent, f"{now.timestamp():.3f} {purpose}"]
