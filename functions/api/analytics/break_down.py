"""Puts what posts gained in a period side by side, by style, topic or hour."""

from collections import defaultdict
from datetime import UTC
from typing import Literal

from functions.api.analytics.compare_periods import Period, totals_view
from functions.api.analytics.models import Breakdown, BreakdownRow
from functions.api.analytics.summarise import PERIODS
from functions.api.services import Services
from functions.shared.domain.measured.model import Dimension, Totals

MOST_ROWS = 100


def break_down(
    org_id: str, by: Literal["style", "topic", "hour"], name: Literal["7d", "30d", "90d"], *, services: Services
) -> Breakdown:
    """The values of one dimension that gained the most engagement in the period that ends now."""
    period = Period(services.engine.clock().astimezone(UTC).date(), PERIODS[name])
    rollups = services.metrics.totals(org_id, first=period.first, last=period.today, detailed=True)
    sums: dict[str, Totals] = defaultdict(Totals)
    for (_, dimension, value), totals in rollups.items():
        if dimension is Dimension(by):
            sums[value] += totals
    rows = [BreakdownRow(value=value, **dict(totals_view(totals))) for value, totals in sums.items()]
    ordered = sorted(rows, key=lambda row: (-row.engagements, -row.impressions, row.value))
    return Breakdown(
        by=by,
        period=name,
        first_day=period.first,
        last_day=period.today,
        items=ordered[:MOST_ROWS],
        left_out=len(ordered[MOST_ROWS:]),
    )
