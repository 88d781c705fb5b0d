"""Brings a deployment to rest after each test, so that none meets the jobs, messages or plans of another.

What would be met otherwise: jobs of an earlier test, run with the settings of a later one, ask its stand-ins, and the
change of settings kills workers that run them, so that they begin anew a minute later, amid yet another test.
"""

import time
from typing import TYPE_CHECKING

from functions.shared.domain import keys

if TYPE_CHECKING:
    from tests.e2e.world import World

PATIENCE_SECONDS = 300
"""How long a condition may take to come true on a machine with much else to do. Only what is broken takes so long."""

# A job whose worker was lost is active until the reconciler has seen it: there is no need to wait for its minute.
_RECONCILE_EVERY_SECONDS = 10

Job = tuple[str, str]
"""Organisation and job id."""


def bring_to_rest(world: "World") -> None:
    """Plan nothing for the test's organisations any more, cancel what is still to be done, and empty every queue."""
    while world.newcomers:
        _retire(world, world.newcomers.pop())
    reconcile_at = time.monotonic() + _RECONCILE_EVERY_SECONDS
    deadline = time.monotonic() + PATIENCE_SECONDS
    while jobs := active_jobs(world):
        assert time.monotonic() < deadline, f"still active after {PATIENCE_SECONDS} s: {jobs}"
        for org_id, job_id in jobs:
            world.api(world.user_of(org_id)).delete(f"/api/jobs/{job_id}")  # 409: it was over by then
        if time.monotonic() > reconcile_at:
            world.invoke("reconciler")
            reconcile_at = time.monotonic() + _RECONCILE_EVERY_SECONDS
        time.sleep(0.1)
    for url in world.outputs["queues"].values():
        world.aws.sqs.purge_queue(QueueUrl=url)  # they hold messages of jobs that are over, and dead letters


def wait_until_idle(world: "World") -> None:
    """Wait until no job is active, of whatever organisation."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while jobs := active_jobs(world):
        assert time.monotonic() < deadline, f"still active after {PATIENCE_SECONDS} s: {jobs}"
        time.sleep(0.1)


def active_jobs(world: "World") -> list[Job]:
    """The jobs of all organisations that are queued or running."""
    table = world.outputs["tables"]["jobs"]
    pages = world.aws.dynamodb.get_paginator("scan").paginate(TableName=table, IndexName="due")
    found = [(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"]]
    return [(pk.removeprefix("ORG#"), sk.removeprefix("JOB#")) for pk, sk in found if sk.startswith("JOB#")]


def leave_out_of_plans(world: "World", org_id: str) -> None:
    """Have the planners pass over an organisation: each one they serve makes their runs longer."""
    key = {name: {"S": value} for name, value in keys.organisation(org_id).items()}
    world.aws.dynamodb.delete_item(TableName=world.outputs["tables"]["accounts"], Key=key)


def _retire(world: "World", org_id: str) -> None:
    leave_out_of_plans(world, org_id)
    for path, name in (("schedules", "schedule_id"), ("sources", "source_id"), ("accounts", "account_id")):
        while items := world.items(f"/api/{path}", org_id):
            for item in items:
                world.api(org_id).delete(f"/api/{path}/{item[name]}").raise_for_status()
    nobody: dict[str, list[str]] = {"emails": [], "webhooks": []}
    world.api(org_id).put("/api/notification-settings", json=nobody).raise_for_status()
