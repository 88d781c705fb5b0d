"""Metrics in memory, with the same contract as the real store."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from functions.shared.domain.measured.arms import added, arm_key
from functions.shared.domain.measured.forget import oldest_month, remembered
from functions.shared.domain.measured.model import Arm, Dimension, Measured, MonthlyArm, Snapshot, Standing, Totals
from functions.shared.domain.measured.store import MOST_ARMS, MOST_TOPICS, Recorded
from functions.shared.kernel.notifications.model import Notification


@dataclass
class MemoryMetrics:
    """Implements MetricsStore; nothing expires."""

    most_topics: int = MOST_TOPICS
    posts: dict[tuple[str, str], Measured] = field(default_factory=dict)
    snapshots: dict[tuple[str, str], list[Snapshot]] = field(default_factory=lambda: defaultdict(list))
    rolled_up: dict[tuple[str, date, Dimension, str], Totals] = field(default_factory=dict)
    learned: dict[tuple[str, date, str], MonthlyArm] = field(default_factory=dict)
    told: list[Notification] = field(default_factory=list)

    def get(self, org_id: str, post_id: str) -> Measured | None:
        return self.posts.get((org_id, post_id))

    def many(self, org_id: str, post_ids: Sequence[str]) -> dict[str, Measured]:
        found = {post_id: self.get(org_id, post_id) for post_id in post_ids}
        return {post_id: measured for post_id, measured in found.items() if measured is not None}

    def record(
        self,
        before: Measured | None,
        after: Measured,
        snapshot: Snapshot | None,
        *,
        gained: Mapping[tuple[date, Dimension, str], Totals],
        learned: Sequence[MonthlyArm],
        expires_at: datetime,
        also: Notification | None = None,
    ) -> Measured:
        key = (after.org_id, after.post_id)
        stored = self.posts.get(key)
        if (stored.version if stored else None) != (before.version if before else None):
            raise Recorded(after.post_id)
        if snapshot is not None:
            if any(taken.job_id == snapshot.job_id for taken in self.snapshots[key]):
                raise Recorded(after.post_id)
            self.snapshots[key].append(snapshot)
        for (day, dimension, value), more in gained.items():
            rollup = (after.org_id, day, dimension, value)
            self.rolled_up[rollup] = self.rolled_up.get(rollup, Totals()) + more
        for arm in learned:
            place = (after.org_id, arm.month, arm_key(arm))
            self.learned[place] = added(self.learned[place], arm) if place in self.learned else arm
        self.told += [also] if also else []
        self.posts[key] = after.model_copy(update={"version": (before.version if before else 0) + 1})
        return self.posts[key]

    def series(self, org_id: str, post_id: str) -> list[Snapshot]:
        return sorted(self.snapshots.get((org_id, post_id), ()), key=lambda snapshot: snapshot.taken_at)

    def standings(self, org_id: str, *, since: datetime, until: datetime) -> list[Standing]:
        found = [
            post.standing
            for post in self.posts.values()
            if post.org_id == org_id and since <= post.published_at < until
        ]
        return sorted(found, key=lambda post: (post.published_at, post.post_id))

    def totals(
        self, org_id: str, *, first: date, last: date, detailed: bool = False
    ) -> dict[tuple[date, Dimension, str], Totals]:
        shown = tuple(Dimension) if detailed else (Dimension.ALL, Dimension.NETWORK)
        return {
            (day, dimension, value): totals
            for (owner, day, dimension, value), totals in self.rolled_up.items()
            if owner == org_id and first <= day <= last and dimension in shown
        }

    def arms(self, org_id: str, *, at: datetime) -> list[Arm]:
        kept = [arm for (owner, _, _), arm in sorted(self.learned.items(), reverse=True) if owner == org_id]
        lately = [arm for arm in kept if arm.month >= oldest_month(at)]
        topics = [arm for arm in lately if arm.dimension is Dimension.TOPIC]
        others = [arm for arm in lately if arm.dimension is not Dimension.TOPIC]
        return remembered([*others[:MOST_ARMS], *topics[: self.most_topics]], at)
