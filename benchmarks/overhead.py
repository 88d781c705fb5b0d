"""Processor time the engine adds to a queue message, against a bare send, receive and delete in the same run."""

import statistics
import time
from collections.abc import Callable

from benchmarks.worker import Worker, warm_worker

ROUNDS = 5
JOBS = 20


def report() -> list[tuple[str, str, str]]:
    """Rows of what, ratio to the bare loop, and milliseconds a message. Rounds alternate, since machines are noisy."""
    bare, engine = [], []
    with warm_worker() as worker:
        for _ in range(ROUNDS):
            bare.append(_milliseconds(lambda: _bare(worker)))
            engine.append(_milliseconds(lambda: _job(worker)))
    baseline, cost = statistics.median(bare), statistics.median(engine)
    return [
        ("bare SQS send, receive, delete (moto), the baseline", "1.00", f"{baseline:.1f} ms"),
        (
            "a job from admission to completion",
            f"{cost / baseline:.2f}",
            f"{cost:.1f} ms, most of it moto answering 9 calls",
        ),
    ]


def _job(worker: Worker) -> None:
    worker.admit()
    worker.work()


def _bare(worker: Worker) -> None:
    sqs = worker.sqs
    sqs.send_message(QueueUrl=worker.queue_url, MessageBody="{}")
    (message,) = sqs.receive_message(QueueUrl=worker.queue_url, MessageSystemAttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=worker.queue_url, ReceiptHandle=message["ReceiptHandle"])


def _milliseconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    for _ in range(JOBS):
        work()
    return (time.process_time() - started) * 1000 / JOBS
