"""A token bucket as one number: when it will be full again. Decision 0040.

The generic cell rate algorithm (ITU-T I.371): whatever is taken moves that moment on, and what is left follows from it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """Holds `at_once` tokens at most, and gains `per_second`. Moments are milliseconds since 1970."""

    per_second: int
    at_once: int

    def left(self, full_at: int, now: int) -> int:
        """Tokens that are there now."""
        missing_ms = max(0, full_at - now)
        return max(0, (self.at_once * 1000 - missing_ms * self.per_second) // 1000)

    def taken(self, full_at: int, now: int, tokens: int) -> int:
        """When it is full again once so many are taken."""
        return max(full_at, now) + -(-tokens * 1000 // self.per_second)

    def wait_ms(self, full_at: int, now: int) -> int:
        """How long until there is a token."""
        missing_ms = max(0, full_at - now)
        over = missing_ms * self.per_second - (self.at_once - 1) * 1000
        return max(0, -(-over // self.per_second))
