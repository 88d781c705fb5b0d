"""Buckets in memory, for tests."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class MemoryBuckets:
    """Implements BucketStore; `swaps` counts its calls."""

    full_at: dict[str, int] = field(default_factory=dict)
    swaps: int = 0

    def swap(self, org_id: str, before: int, after: int) -> int | None:
        self.swaps += 1
        stored = self.full_at.get(org_id, 0)
        if stored != before:
            return stored
        self.full_at[org_id] = after
        return None
