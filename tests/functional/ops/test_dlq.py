"""`flywheel dlq` and `org create --stack` against a stack in an AWS account, which moto plays."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel import aws
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.settings import EngineSettings
from ops import deploy, target
from ops.cli import flywheel
from ops.errors import OpsError
from tests.support.aws import Cloud
from tests.support.dead_letters import failed_job, pointer
from tests.support.event_source import count


@pytest.fixture(autouse=True)
def _stack(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack `Flywheel` whose outputs name what `cloud` made."""
    monkeypatch.setattr(target, "LOCAL", tmp_path)
    cognito = boto3.client("cognito-idp")
    attribute: Any = {"Name": "org_id", "AttributeDataType": "String", "Mutable": False}
    pool = cognito.create_user_pool(PoolName="users", Schema=[attribute])["UserPool"]["Id"]
    for group in ("admins", "operators", "viewers"):
        cognito.create_group(UserPoolId=pool, GroupName=group)
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    dead = {f"{lane}-dlq": url for lane, url in cloud.dead_letter_urls.items()}
    outputs = {
        **dict.fromkeys(("ApiUrl", "SiteUrl", "SiteBucket", "UploadsBucket", "OpenAiSecretId", "XAppSecretId"), "some"),
        "UserPoolId": pool,
        "UserPoolClientId": client["UserPoolClient"]["ClientId"],
        "Queues": json.dumps({**cloud.queue_urls, **dead}),
        "Tables": json.dumps({"jobs": "jobs", "accounts": "accounts"}),
        "Functions": "{}",
    }
    # Moto's CloudFormation needs a dozen packages more than reading four outputs is worth.
    monkeypatch.setattr(deploy, "stack_outputs", lambda _, name: outputs if name == "Flywheel" else {})
    job = failed_job()
    engine = engine_from(EngineSettings(jobs_table="jobs", queue_urls=cloud.queue_urls), KINDS)
    engine.store.admit(job)
    aws.sqs().send_message(QueueUrl=cloud.dead_letter_urls["content"], MessageBody=pointer(job))


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(flywheel, [*arguments, "--stack", "Flywheel"], input=answer)


def test_each_queue_is_counted() -> None:
    counted = {each["lane"]: each["messages"] for each in json.loads(run("dlq", "list", "--json").output)}
    assert (counted["content"], counted["social"]) == (1, 0)
    assert "content-high" in run("dlq", "list").output


def test_a_message_is_shown_with_its_jobs_reason_and_stays(cloud: Cloud) -> None:
    (shown,) = json.loads(run("dlq", "show", "content", "--json").output)
    assert (shown["job_id"], shown["reason"]) == ("job-1", "the model refused")
    printed = run("dlq", "show", "content").output
    assert "the model refused" in printed
    assert "1 of 1 shown. Send all back: ./flywheel dlq redrive content --stack Flywheel" in printed
    assert count(cloud.dead_letter_urls["content"]) == 1


def test_one_jobs_message_is_sent_back(cloud: Cloud) -> None:
    assert "Sent 0 messages back to content; 1 are left." in run("dlq", "redrive", "content", "--job", "other").output
    assert "Sent 1 messages back to content; 0 are left." in run("dlq", "redrive", "content", "--job", "job-1").output
    assert count(cloud.queue_urls["content"]) == 1


def test_a_purge_asks_first(cloud: Cloud) -> None:
    assert run("dlq", "purge", "content", answer="n\n").exit_code != 0
    assert count(cloud.dead_letter_urls["content"]) == 1
    assert "Deleted 1 dead letters" in run("dlq", "purge", "content", "--yes").output
    assert count(cloud.dead_letter_urls["content"]) == 0


@pytest.mark.parametrize("command", ["show", "redrive", "purge"])
def test_a_queue_that_does_not_exist_is_named_with_those_that_do(command: str) -> None:
    result = run("dlq", command, "contents")
    assert isinstance(result.exception, OpsError)
    assert "There is no queue contents. There are: analytics, analytics-high, content, content-high" in str(
        result.exception
    )


@pytest.mark.parametrize(("name", "says"), [("Other", "no deployed stack Other"), ("../x", "no stack's name")])
def test_a_stack_that_does_not_exist_is_named(name: str, says: str) -> None:
    result = CliRunner().invoke(flywheel, ["dlq", "list", "--stack", name])
    assert isinstance(result.exception, OpsError)
    assert says in str(result.exception)


def test_an_organisation_and_its_administrator_are_made_on_aws(tmp_path: Path) -> None:
    result = run("org", "create", "Acme", "--admin", "boss@acme.example")
    assert "Created the organisation acme." in result.output
    assert "./flywheel token boss@acme.example --stack Flywheel" in result.output
    assert json.loads((tmp_path / "aws" / "Flywheel-users.json").read_text()).keys() == {"boss@acme.example"}
    assert run("token", "boss@acme.example").output.count(".") == 2
