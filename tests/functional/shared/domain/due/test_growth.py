"""What a turn of the planner asks of AWS: as much as there is due, whatever the number of organisations."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from functions.shared.domain import keys
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.due.dynamodb import DynamoDue
from functions.shared.domain.due.model import Due, Plan
from functions.shared.domain.due.plan_due import Limits, Planner, Turn, plan_due
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel import aws
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.jobs.admit import Submission
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.settings import EngineSettings
from functions.shared.kernel.store.items import encode
from tests.support.analytics_services import FOUNDED, an_account
from tests.support.aws import Cloud

ACCOUNTS = DynamoAccountStore("accounts", aws.dynamodb)
ORGANISATIONS = DynamoOrganisationStore("accounts", aws.dynamodb)
DUE = DynamoDue("accounts", aws.dynamodb)


@pytest.fixture
def engine(cloud: Cloud) -> Engine:
    return engine_from(EngineSettings(jobs_table="jobs", queue_urls=cloud.queue_urls), KINDS)


@pytest.fixture
def asked(cloud: Cloud) -> Counter[str]:
    counts: Counter[str] = Counter()
    for client in (aws.dynamodb(), aws.sqs()):
        client.meta.events.register("before-call", lambda **_: counts.update(calls=1))
        client.meta.events.register("after-call", lambda parsed, **_: counts.update(read=parsed.get("ScannedCount", 0)))
    return counts


def _submission(due: Due) -> Submission:
    assert due.account is not None
    return Submission(due.org_id, JobType.SYNC_ANALYTICS, {"account_id": due.account.account_id}, quiet=True)


def turn(engine: Engine) -> Turn:
    planner = Planner(Plan.COUNTS, _submission)
    return plan_due(planner, store=DUE, engine=engine, limits=Limits(lambda: 180))


def add(organisations: int) -> None:
    for number in range(organisations):
        org_id = f"org-{number}"
        ORGANISATIONS.put(Organisation(org_id=org_id, name=org_id, created_at=FOUNDED))
        ACCOUNTS.put(an_account("x", org_id=org_id))


@pytest.mark.parametrize("organisations", [50, 200])
def test_a_job_costs_a_read_an_admission_and_a_note_and_what_is_not_due_costs_nothing(
    engine: Engine, asked: Counter[str], organisations: int
) -> None:
    add(organisations)
    asked.clear()
    assert turn(engine).planned == organisations
    assert asked["calls"] <= 2.4 * organisations + 16
    assert asked["read"] == organisations
    asked.clear()
    assert turn(engine).planned == 0
    assert (asked["calls"], asked["read"]) == (8, 0)


def test_one_that_is_due_among_many_costs_as_much_as_alone(engine: Engine, asked: Counter[str]) -> None:
    add(120)
    turn(engine)
    ACCOUNTS.put(an_account("late", org_id="org-7"))
    asked.clear()
    assert turn(engine).planned == 1
    assert asked["calls"] <= 8 + 4
    assert asked["read"] == 1


def test_organisations_of_an_earlier_version_are_taken_in_and_none_is_due_twice_a_day(cloud: Cloud) -> None:
    """They were stored without the keys of the index."""
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    for number in range(230):
        org_id = f"org-{number:03}"
        organisation = Organisation(org_id=org_id, name=org_id, created_at=FOUNDED)
        for key, document in (
            (keys.organisation(org_id), organisation),
            (keys.account(org_id, "x"), an_account("x", org_id=org_id)),
        ):
            item: dict[str, Any] = {**key, "document": document.model_dump_json(exclude_none=True)}
            boto3.client("dynamodb").put_item(TableName="accounts", Item=encode(item))
    assert [DUE.take_in(now=now) for _ in range(4)] == [100, 100, 30, 0]
    found = [due for page in DUE.due(Plan.PAGES, until=now + timedelta(hours=17)) for due in page]
    assert len(found) == 230
    assert {rfc3339(due.due_at) for due in found} == {"2026-11-23T05:00:00.000Z"}
    counted = [due for page in DUE.due(Plan.COUNTS, until=now + timedelta(hours=1)) for due in page]
    assert len(counted) == 230
    assert all(now < due.due_at for due in counted)
