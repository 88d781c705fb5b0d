"""Circuits in memory, with the contract of the real store."""

from dataclasses import dataclass, field

from functions.shared.kernel.circuits.circuit import Circuit


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
