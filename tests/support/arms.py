"""Arms made of rates."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from functions.shared.domain.measured.forget import remembered
from functions.shared.domain.measured.model import Arm, Dimension, MonthlyArm
from functions.shared.domain.network import Network

Rates = Mapping[str, Sequence[float]]

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def arms_of(network: Network, **dimensions: Rates) -> list[Arm]:
    """The arms of a month's posts with these rates on one network: `arms_of(network, style={"list": [0.01, 0.02]})`."""
    months = [
        MonthlyArm(
            dimension=Dimension(dimension),
            value=value,
            network=network,
            month=NOW.date().replace(day=1),
            posts=len(rates),
            sum_millionths=sum(round(rate * 1e6) for rate in rates),
            sum_squared_millionths=sum(round(rate * 1e6) ** 2 for rate in rates),
        )
        for dimension, values in dimensions.items()
        for value, rates in values.items()
    ]
    return remembered(months, NOW)
