"""What a network's adapter is made of."""

from dataclasses import dataclass

from functions.shared.kernel.circuits.settings import Breakers
from functions.shared.kernel.clock import Clock
from functions.shared.networks.authorisation import Authorisation


@dataclass(frozen=True, slots=True)
class Means:
    """The tokens of accounts, the time, and a circuit for each service. Circuits are shared by all who call it."""

    authorisation: Authorisation
    clock: Clock
    breakers: Breakers
