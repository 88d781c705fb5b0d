"""The port to where circuits are kept."""

from typing import Protocol

from functions.shared.kernel.circuits.circuit import Circuit


class CircuitStore(Protocol):
    """Circuits by name. Every call raises TransientError when the store is out of reach."""

    def get(self, name: str) -> Circuit:
        """The circuit; a closed one when none is stored."""

    def all(self) -> list[Circuit]:
        """Every circuit that was ever stored."""

    def put(self, after: Circuit) -> bool:
        """Store a circuit if its predecessor, by version, is the stored one; whether it was."""
