"""What the health check asks of AWS: one cheap call to each table and each queue."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from functions.shared.aws import classified
from functions.shared.jobs.engine import Engine
from functions.shared.store.content import AccountStore, ContentStore

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

_NOBODY = "health-check"


def probes(
    *,
    engine: Engine,
    content: ContentStore,
    accounts: AccountStore,
    queue_urls: Mapping[str, str],
    sqs: "Callable[[], SQSClient]",
) -> dict[str, Callable[[], object]]:
    """One probe for each dependency, by the name shown to callers.

    Tables are read for an item that never exists, which needs no permission beyond what the API has.
    """
    tables: dict[str, Callable[[], object]] = {
        "table jobs": partial(engine.store.get, _NOBODY, _NOBODY),
        "table content_metadata": partial(content.get, _NOBODY, _NOBODY),
        "table accounts": partial(accounts.get, _NOBODY, _NOBODY),
    }
    queues = {f"queue {lane}": partial(_look_at, url, sqs) for lane, url in queue_urls.items()}
    return {**tables, **queues}


def _look_at(queue_url: str, sqs: "Callable[[], SQSClient]") -> None:
    with classified("looking at the queue"):
        sqs().get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
