"""Where a list goes on, as a text that only fits the list it was made for.

A cursor holds the position and a digest over it, the organisation and the filters. There is no secret in the
digest because there is nothing to protect: the organisation always comes from the token, so the most a forged
cursor reaches is another place in the caller's own list. The digest catches what happens in practice: a cursor
cut off, or sent with other filters, for another list or by another organisation.
"""

import base64
import hashlib
import json
from dataclasses import dataclass

from functions.api.refusals import BadField, BadFields

_VERSION = 1
_MAX_LENGTH = 512
_MAX_POSITION = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list is of: its kind, the organisation and the filters in their fixed order."""

    kind: str
    org_id: str
    filters: tuple[str | None, ...] = ()

    def cursor(self, position: str | None) -> str | None:
        """The cursor that continues after `position`; None at the end of the list."""
        if position is None:
            return None
        text = json.dumps([position, self._digest(position)], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def position(self, cursor: str | None) -> str | None:
        """Where `cursor` continues, None for the beginning; raises BadFields for a cursor that is not ours."""
        if cursor is None:
            return None
        position = self._read(cursor)
        if position is None:
            raise _not_ours()
        return position

    def number(self, cursor: str | None) -> int:
        """How many items `cursor` leaves behind, for lists that are counted; raises as `position` does."""
        position = self.position(cursor) or "0"
        if not (position.isascii() and position.isdigit()):
            raise _not_ours()
        return int(position)

    def _read(self, cursor: str) -> str | None:
        if len(cursor) > _MAX_LENGTH:
            return None
        try:
            parsed = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (ValueError, RecursionError):
            return None
        if not (isinstance(parsed, list) and len(parsed) == 2 and isinstance(parsed[0], str)):
            return None
        position, digest = parsed
        return position if len(position) <= _MAX_POSITION and digest == self._digest(position) else None

    def _digest(self, position: str) -> str:
        parts = json.dumps([_VERSION, self.kind, self.org_id, self.filters, position])
        return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _not_ours() -> BadFields:
    return BadFields(
        BadField("cursor", "is not a cursor of this list; send a next_cursor unchanged, with the same filters")
    )
