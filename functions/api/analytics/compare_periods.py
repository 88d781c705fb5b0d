"""Adds roll-ups up to what was gained in a period and in the one before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from functions.api.analytics.models import ChangeView, Comparison, NetworkComparison, TotalsView, rounded
from functions.shared.domain.measured.arms import EVERYTHING
from functions.shared.domain.measured.model import Dimension, Totals
from functions.shared.domain.network import Network

RollUps = Mapping[tuple[date, Dimension, str], Totals]


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, both ends included. `today` is the last one, and not over yet."""

    today: date
    days: int

    @property
    def first(self) -> date:
        return self.today - timedelta(days=self.days - 1)

    @property
    def before(self) -> "Period":
        """The one before, of the same length."""
        return Period(self.first - timedelta(days=1), self.days)


def compared(rollups: RollUps, period: Period, network: Network | None) -> Comparison:
    """Everything, or one network."""
    of = (Dimension.ALL, EVERYTHING) if network is None else (Dimension.NETWORK, network.value)
    current, before = _summed(rollups, period, *of), _summed(rollups, period.before, *of)
    return Comparison(
        current=totals_view(current or Totals()),
        before=totals_view(before or Totals()),
        change=_change(current, before),
    )


def by_network(rollups: RollUps, period: Period, networks: Iterable[Network]) -> list[NetworkComparison]:
    """Those of the networks that have any figures."""
    measured = {value for _, dimension, value in rollups if dimension is Dimension.NETWORK}
    return [
        NetworkComparison(network=network, **dict(compared(rollups, period, network)))
        for network in networks
        if network.value in measured
    ]


def totals_view(totals: Totals) -> TotalsView:
    """Totals as callers get them."""
    counts = totals.model_dump(exclude={"rated_engagements"})
    return TotalsView(**counts, engagements=totals.likes + totals.comments + totals.shares, rate=rounded(totals.rate))


def _summed(rollups: RollUps, period: Period, dimension: Dimension, value: str) -> Totals | None:
    """None when nothing was recorded in the period."""
    days = [rollups.get((period.first + timedelta(days=number), dimension, value)) for number in range(period.days)]
    found = [totals for totals in days if totals is not None]
    return sum(found, Totals()) if found else None


def _change(current: Totals | None, before: Totals | None) -> ChangeView:
    names = TotalsView.model_fields
    if current is None or before is None:
        return ChangeView(**dict.fromkeys(names))
    now, then = dict(totals_view(current)), dict(totals_view(before))
    differences: dict[str, Any] = {
        name: None if None in (now[name], then[name]) else now[name] - then[name] for name in names
    }
    return ChangeView(**{**differences, "rate": rounded(differences["rate"])})
