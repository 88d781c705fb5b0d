"""The port to where circuits are kept, and its memory fake."""

from dataclasses import dataclass, field
from typing import Protocol

from functions.shared.circuits.circuit import Circuit


class CircuitStore(Protocol):
    """Circuits by name. Every call raises TransientError when the store is out of reach."""

    def get(self, name: str) -> Circuit:
        """The circuit; a closed one when none is stored."""

    def all(self) -> list[Circuit]:
        """Every circuit that was ever stored."""

    def put(self, after: Circuit) -> bool:
        """Store a circuit if its predecessor, by version, is the stored one; whether it was."""


@dataclass
class MemoryCircuitStore:
    """Implements CircuitStore. `puts` counts the writes."""

    circuits: dict[str, Circuit] = field(default_factory=dict)
    puts: int = 0

    def get(self, name: str) -> Circuit:
        return self.circuits.get(name, Circuit(name))

    def all(self) -> list[Circuit]:
        return list(self.circuits.values())

    def put(self, after: Circuit) -> bool:
        if self.get(after.name).version != after.version - 1:
            return False
        self.puts += 1
        self.circuits[after.name] = after
        return True
