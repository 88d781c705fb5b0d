"""A backlog of 5,000 jobs on the embedded engine: real queues, tables and Lambdas, from admission to completion."""

import os
import shutil
import socket
import sys
import time
from collections import Counter

from rich.console import Console

from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.clock import new_id, utc_now
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.sqs import SqsDispatcher
from ops.aws import Aws
from ops.deployment import Deployment
from ops.engine import Engine as EmbeddedEngine
from ops.progress import Steps
from ops.tools import REPOSITORY
from ops.up import bring_up

JOBS = 5_000
ORGS = 10
PATIENCE_SECONDS = 1_500
LANE = "content"


def report() -> list[tuple[str, str, str]]:
    """Rows of figure, value and limit. Brings up a deployment of its own and removes it."""
    port = _free_port()
    deployment = Deployment(root=REPOSITORY / ".local" / "bench" / str(port), port=port)
    shutil.rmtree(deployment.root, ignore_errors=True)
    with Steps(Console(file=sys.stderr)) as steps:
        outputs = bring_up(deployment, steps, environ=os.environ)
    try:
        with Aws(deployment) as aws:
            engine = Engine(
                store=DynamoJobStore(outputs["tables"]["jobs"], lambda: aws.dynamodb, utc_now),
                dispatcher=SqsDispatcher(outputs["queues"], lambda: aws.sqs),
                clock=utc_now,
                new_id=new_id,
                random=lambda: 0.0,
                kinds=KINDS,
            )
            return _measured(engine)
    finally:
        EmbeddedEngine(deployment).stop()
        shutil.rmtree(deployment.root)


def _measured(engine: Engine) -> list[tuple[str, str, str]]:
    started = time.monotonic()
    for number in range(JOBS):
        payload = {"topic": f"Topic {number}", "platforms": ["twitter"]}
        plan(Submission(f"org-{number % ORGS}", JobType.GENERATE_CONTENT, payload), engine=engine)
    admitted = time.monotonic()
    jobs = _finished(engine)
    drained = time.monotonic()
    statuses = Counter(job.status for job in jobs)
    again = sum(len(job.attempts) > 1 for job in jobs)
    return [
        (f"jobs of {JOBS:,} lost", str(JOBS - len(jobs)), "0"),
        ("jobs completed", str(statuses[JobStatus.COMPLETED]), f"{JOBS}"),
        ("jobs that ran more than once", str(again), "0 without crashes"),
        ("admitted a second", f"{JOBS / (admitted - started):.0f}", "one caller"),
        ("completed a second", f"{JOBS / (drained - started):.0f}", "six workers at once"),
    ]


def _finished(engine: Engine) -> list[Job]:
    """Every job, once all are over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        jobs = [job for number in range(ORGS) for job in _all_jobs(f"org-{number}", engine)]
        if all(job.status.is_terminal for job in jobs):
            break
        time.sleep(5)
    return jobs


def _all_jobs(org_id: str, engine: Engine) -> list[Job]:
    return engine.store.newest(org_id, limit=JOBS)[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
