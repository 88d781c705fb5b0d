"""Arms made of rates."""

from collections.abc import Mapping, Sequence

from functions.shared.measured.model import Arm, Dimension
from functions.shared.networks import Network

Rates = Mapping[str, Sequence[float]]


def arms_of(network: Network, **dimensions: Rates) -> list[Arm]:
    """The arms of posts with these rates on one network: `arms_of(network, style={"list": [0.01, 0.02]})`."""
    return [
        Arm(
            dimension=Dimension(dimension),
            value=value,
            network=network,
            posts=len(rates),
            sum_millionths=sum(round(rate * 1e6) for rate in rates),
            sum_squared_millionths=sum(round(rate * 1e6) ** 2 for rate in rates),
        )
        for dimension, values in dimensions.items()
        for value, rates in values.items()
    ]
