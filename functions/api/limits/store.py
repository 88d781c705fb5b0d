"""The port to where buckets are kept. Decision 0040."""

from typing import Protocol


class BucketStore(Protocol):
    """When each organisation's bucket is full again, in milliseconds since 1970; 0 while nobody took any."""

    def swap(self, org_id: str, before: int, after: int) -> int | None:
        """Store `after` where `before` is stored, and answer None; otherwise answer what is stored."""
