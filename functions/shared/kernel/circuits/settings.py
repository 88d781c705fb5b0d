"""How circuit breakers are set, and the breakers of a deployment."""

from collections.abc import Callable
from datetime import timedelta

from pydantic import Field

from functions.shared.kernel import aws
from functions.shared.kernel.circuits.breaker import Breaker, Guard
from functions.shared.kernel.circuits.circuit import Rules
from functions.shared.kernel.circuits.dynamodb import DynamoCircuitStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.settings import EngineSettings

Breakers = Callable[[str, str], Guard]
"""The breaker of a service by its name, for users, and its base URL: each address has a circuit of its own."""


class CircuitSettings(EngineSettings):
    """What every Lambda that calls outside services is given."""

    circuit_failures: int = Field(default=5, gt=0, description="failed calls in a row that open a circuit")
    circuit_pause_seconds: int = Field(default=60, gt=0)
    circuit_longest_pause_seconds: int = Field(default=900, gt=0)


def breakers_from(settings: CircuitSettings, engine: Engine) -> Breakers:
    """The breakers of a deployment, whose circuits all its workers share."""
    circuits = DynamoCircuitStore(settings.jobs_table, aws.dynamodb)
    rules = Rules(
        failures=settings.circuit_failures,
        pause=timedelta(seconds=settings.circuit_pause_seconds),
        longest_pause=timedelta(seconds=settings.circuit_longest_pause_seconds),
    )

    def breaker(service: str, base_url: str) -> Breaker:
        return Breaker(
            name=f"{service} at {base_url}",
            circuits=circuits,
            clock=engine.clock,
            new_id=engine.new_id,
            random=engine.random,
            rules=rules,
        )

    return breaker
