"""The port to the `metrics` table."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from functions.shared.domain.measured.model import Arm, Dimension, Measured, MonthlyArm, Snapshot, Standing, Totals
from functions.shared.kernel.notifications.model import Notification

MOST_ARMS = 1500
"""No more arms of networks, styles and hours are read, a month each: six networks over seven months have 1,267."""

MOST_TOPICS = 1000
"""No more arms of topics are read, a month each, those of the newest months, and of one month those last by name."""


class Recorded(Exception):
    """The job has recorded this post already, or another has recorded a later state; nothing was written."""


class MetricsStore(Protocol):
    """Measured posts, their time series, the daily roll-ups and the arms. Reads are consistent."""

    def get(self, org_id: str, post_id: str) -> Measured | None:
        """A post's latest state; None when it was never measured."""

    def many(self, org_id: str, post_ids: Sequence[str]) -> dict[str, Measured]:
        """The latest states of those that were measured, by post id, in one request for each hundred."""

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
        """Store a post's next state with its snapshot, and add to the roll-ups, all in one transaction.

        `gained` holds what to add to each roll-up, `learned` what to add to each month's arm. Posts, snapshots and
        roll-ups may be forgotten after `expires_at`, a month's arms once the month does not count any more. Returns
        `after` with its new version; `also` is stored with it. Raises Recorded when the snapshot's job is recorded, or
        the version is not `before`'s.
        """

    def series(self, org_id: str, post_id: str) -> list[Snapshot]:
        """A post's snapshots, oldest first."""

    def standings(self, org_id: str, *, since: datetime, until: datetime) -> list[Standing]:
        """How the posts published from `since` to before `until` stand, oldest first, in one query."""

    def totals(
        self, org_id: str, *, first: date, last: date, detailed: bool = False
    ) -> dict[tuple[date, Dimension, str], Totals]:
        """The daily roll-ups of the days from `first` to `last`, both included, of everything and of each network.

        `detailed` adds those of styles, topics and hours, which are many, and kept apart for that.
        """

    def arms(self, org_id: str, *, at: datetime) -> list[Arm]:
        """The organisation's arms as they count at that time: of at most MOST_ARMS and MOST_TOPICS monthly ones."""
