"""Who may touch what: each Lambda its own tables, queues and secrets."""

import pytest

from infra.fleet import FLEET
from tests.infra.template import Template, logical_id, rendered

NAMES = [plan.name for plan in FLEET]
ACCOUNT_SECRETS = "flywheel/accounts/*"
WEBHOOK_SECRETS = "flywheel/webhooks/*"
SENDS_TO = {
    "api": {"pages", "content", "social", "notices"},
    "pseo_generator": {"pages", "social"},
    "content_generator": {"content"},
    "social_poster": {"social"},
    "reconciler": {"pages", "content", "social", "notices"},
    "scheduler_tick": {"pages", "content", "social"},
    "notifier": set(),
}
WRITES = {
    "api": {"jobs", "accounts"},
    "pseo_generator": {"jobs", "content_metadata"},
    "content_generator": {"jobs", "content_metadata"},
    "social_poster": {"jobs", "content_metadata"},
    "reconciler": {"jobs"},
    "scheduler_tick": {"jobs"},
    "notifier": set(),
}
READS = {
    "api": {"jobs", "content_metadata", "accounts"},
    "pseo_generator": {"jobs", "content_metadata", "accounts"},
    "content_generator": {"jobs", "content_metadata"},
    "social_poster": {"jobs", "content_metadata", "accounts"},
    "reconciler": {"jobs"},
    "scheduler_tick": {"jobs"},
    "notifier": {"jobs"},
}


def tables(template: Template) -> dict[str, str]:
    """Logical ids of the tables by name."""
    given = template.environment("social_poster")
    variables = {"jobs": "JOBS_TABLE", "content_metadata": "CONTENT_METADATA_TABLE", "accounts": "ACCOUNTS_TABLE"}
    return {name: given[variable] for name, variable in variables.items()}


def account_secrets(template: Template, name: str, action: str) -> bool:
    return any(each.endswith(ACCOUNT_SECRETS) for each in template.may(name, f"secretsmanager:{action}"))


@pytest.mark.parametrize("name", NAMES)
def test_a_lambda_reads_and_writes_only_its_tables(template: Template, name: str) -> None:
    ids = tables(template)

    assert template.may(name, "dynamodb:PutItem") == {ids[table] for table in WRITES[name]}
    assert template.may(name, "dynamodb:GetItem") == {ids[table] for table in READS[name]}
    assert template.may(name, "dynamodb:Scan") == set()


@pytest.mark.parametrize(
    ("index", "users"),
    [
        ("due", {"api", "pseo_generator", "reconciler"}),
        ("by_type", {"api"}),
        ("by_status", {"api"}),
        ("by_status_type", {"api"}),
    ],
)
def test_each_list_of_jobs_is_open_to_those_who_show_or_sweep_it(
    template: Template, index: str, users: set[str]
) -> None:
    arn = f"{tables(template)['jobs']}/index/{index}"

    assert {name for name in NAMES if arn in template.may(name, "dynamodb:Query")} == users


@pytest.mark.parametrize("name", NAMES)
def test_a_lambda_knows_and_may_use_only_the_lanes_it_sends_to(template: Template, name: str) -> None:
    ids = {
        queue
        for queue in template.all("SQS::Queue")
        for family in SENDS_TO[name]
        if queue.startswith((f"{family}lane", f"{family}highlane")) and "DeadLetters" not in queue
    }
    missed = {queue for queue in template.may(name, "sqs:SendMessage") if "missed" in queue.lower()}

    assert template.may(name, "sqs:SendMessage") - missed == ids
    assert all(queue in template.environment(name)["QUEUE_URLS"] for queue in ids)


def test_only_the_writers_read_the_openai_key(template: Template) -> None:
    (key,) = template.all("SecretsManager::Secret").values()
    name_of_key = rendered(key["Name"])
    readers = [
        name
        for name in NAMES
        if any(f"secret:{name_of_key}-??????" in arn for arn in template.may(name, "secretsmanager:GetSecretValue"))
    ]

    assert readers == ["pseo_generator", "content_generator", "social_poster"]


def test_only_the_poster_reads_account_secrets_and_only_the_api_changes_them(template: Template) -> None:
    for action in ("CreateSecret", "PutSecretValue", "DeleteSecret"):
        assert [name for name in NAMES if account_secrets(template, name, action)] == ["api"]
    assert [name for name in NAMES if account_secrets(template, name, "GetSecretValue")] == ["social_poster"]


def test_the_api_keeps_webhook_keys_and_only_the_notifier_reads_them_besides(template: Template) -> None:
    def users(action: str) -> list[str]:
        return [
            name
            for name in NAMES
            if any(each.endswith(WEBHOOK_SECRETS) for each in template.may(name, f"secretsmanager:{action}"))
        ]

    for action in ("CreateSecret", "PutSecretValue", "DeleteSecret"):
        assert users(action) == ["api"]
    assert users("GetSecretValue") == ["api", "notifier"]


def test_only_the_notifier_sends_mail_and_it_makes_and_deletes_nothing(template: Template) -> None:
    assert [name for name in NAMES if template.may(name, "ses:SendEmail")] == ["notifier"]
    assert template.may("notifier", "dynamodb:UpdateItem") == {tables(template)["jobs"]}
    assert template.may("notifier", "dynamodb:DeleteItem") == set()


def test_only_the_generator_touches_the_pages_bucket(template: Template) -> None:
    (bucket,) = template.all("S3::Bucket")
    users = [name for name in NAMES if template.may(name, "s3:PutObject") or template.may(name, "s3:GetObject")]

    assert users == ["pseo_generator"]
    assert template.may("pseo_generator", "s3:PutObject") == {f"{bucket}/*"}


def test_no_lambda_may_do_everything_or_act_on_everything_but_tracing(template: Template) -> None:
    for name in NAMES:
        for statement in template.statements(template.role_of(name)):
            assert not [action for action in statement["Action"] if "*" in action]
            if "*" in statement["Resource"]:
                assert all(action.startswith("xray:") for action in statement["Action"])


def test_no_value_in_an_environment_is_a_secret(template: Template) -> None:
    secrets = set(template.all("SecretsManager::Secret"))
    for name in NAMES:
        for variable, value in template.function(name)["Environment"]["Variables"].items():
            assert "resolve:secretsmanager" not in str(value)
            assert "KEY" not in variable
            assert "TOKEN" not in variable
            if isinstance(value, dict) and "Ref" in value and logical_id(value) in secrets:
                assert variable == "OPENAI_SECRET_ID"
