"""What the health check asks: one cheap call to each table, queue and service, and which outside services fail."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared.domain.accounts.store import AccountStore
from functions.shared.domain.content.store import ContentStore
from functions.shared.domain.context.sources.store import SourceStore
from functions.shared.domain.measured.store import MetricsStore
from functions.shared.kernel.aws import classified
from functions.shared.kernel.circuits.store import CircuitStore
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.schedules.timers import Timers
from functions.shared.kernel.secrets.store import SecretStore

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

_NOBODY = "health-check"


def probes(
    *,
    engine: Engine,
    content: ContentStore,
    accounts: AccountStore,
    sources: SourceStore,
    metrics: MetricsStore,
    secrets: SecretStore,
    secret_prefix: str,
    timers: Timers,
    circuits: CircuitStore,
    queue_urls: Mapping[str, str],
    sqs: "Callable[[], SQSClient]",
) -> dict[str, Callable[[], object]]:
    """One probe for each dependency, by the name shown to callers.

    Tables are read for an item that never exists, queues are sent an empty batch; of secrets and timers one that never
    exists is deleted: none needs a permission beyond what the API has. No outside service is called, for that would
    cost money: their circuits say what the workers' own calls came to.
    """
    tables: dict[str, Callable[[], object]] = {
        "table jobs": partial(engine.store.get, _NOBODY, _NOBODY),
        "table content_metadata": partial(content.get, _NOBODY, _NOBODY),
        "table accounts": partial(accounts.get, _NOBODY, _NOBODY),
        "table context": partial(sources.get, _NOBODY, _NOBODY),
        "table metrics": partial(metrics.get, _NOBODY, _NOBODY),
    }
    queues = {f"queue {lane}": partial(_try_to_send, lane, url, sqs) for lane, url in queue_urls.items()}
    services: dict[str, Callable[[], object]] = {
        "secrets": partial(secrets.delete, f"{secret_prefix}{_NOBODY}"),
        "schedules": partial(timers.remove, _NOBODY),
        "model, markets and networks": partial(_no_open_circuit, circuits, engine.clock),
    }
    return {**tables, **queues, **services}


def _no_open_circuit(circuits: CircuitStore, clock: Clock) -> None:
    now = clock()
    failing = [circuit.name for circuit in circuits.all() if circuit.refuses_until(now) is not None]
    if failing:
        raise TransientError(f"{', '.join(sorted(failing))}: keeps failing, and its jobs wait")


def _try_to_send(lane: str, queue_url: str, sqs: "Callable[[], SQSClient]") -> None:
    """Send nothing: a queue that is there refuses a batch of no messages to those, and only those, who may send."""
    with classified(f"sending to the queue {lane}"):
        try:
            sqs().send_message_batch(QueueUrl=queue_url, Entries=[])
        except ClientError as error:
            if "EmptyBatchRequest" not in error.response["Error"]["Code"]:
                raise
