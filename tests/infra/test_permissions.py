"""Who may touch what: each Lambda its own tables, queues and secrets."""

import pytest

from infra.fleet import FLEET
from tests.infra.template import Template, logical_id, rendered

NAMES = [plan.name for plan in FLEET]
ACCOUNT_SECRETS = "flywheel/accounts/*"
WEBHOOK_SECRETS = "flywheel/webhooks/*"
FAMILIES = {"pages", "content", "social", "scraping", "analytics"}
SENDS_TO = {
    "api": {*FAMILIES, "notices"},
    "pseo_generator": {"pages", "social"},
    "content_generator": {"content"},
    "social_poster": {"social"},
    "scraper": {"scraping"},
    "analytics": {"analytics", "social"},
    "reconciler": {*FAMILIES, "notices"},
    "scheduler_tick": FAMILIES,
    "notifier": set(),
}
WRITES = {
    "api": {"jobs", "accounts", "context"},
    "pseo_generator": {"jobs", "content_metadata"},
    "content_generator": {"jobs", "content_metadata"},
    "social_poster": {"jobs", "content_metadata", "accounts"},
    "scraper": {"jobs", "context"},
    "analytics": {"jobs", "metrics"},
    "reconciler": {"jobs"},
    "scheduler_tick": {"jobs"},
    "notifier": {"jobs"},
}
READS = {
    "api": {"jobs", "content_metadata", "accounts", "context", "metrics"},
    "pseo_generator": {"jobs", "content_metadata", "accounts", "context"},
    "content_generator": {"jobs", "content_metadata", "context", "metrics"},
    "social_poster": {"jobs", "content_metadata", "accounts", "metrics"},
    "scraper": {"jobs", "context", "accounts"},
    "analytics": {"jobs", "content_metadata", "accounts", "metrics"},
    "reconciler": {"jobs"},
    "scheduler_tick": {"jobs"},
    "notifier": {"jobs"},
}


def tables(template: Template) -> dict[str, str]:
    """Logical ids of the tables by name."""
    given = template.environment("api")
    names = ("jobs", "content_metadata", "accounts", "context", "metrics")
    variables = {name: f"{name.upper()}_TABLE" for name in names}
    return {name: given[variable] for name, variable in variables.items()}


def account_secrets(template: Template, name: str, action: str) -> bool:
    return any(each.endswith(ACCOUNT_SECRETS) for each in template.may(name, f"secretsmanager:{action}"))


@pytest.mark.parametrize("name", NAMES)
def test_a_lambda_reads_and_writes_only_its_tables(template: Template, name: str) -> None:
    ids = tables(template)

    assert template.may(name, "dynamodb:PutItem") == {ids[table] for table in WRITES[name]}
    assert template.may(name, "dynamodb:GetItem") == {ids[table] for table in READS[name]}
    assert template.may(name, "dynamodb:Scan") == set()


def test_planners_move_on_what_is_due_and_make_and_delete_no_account(template: Template) -> None:
    accounts = tables(template)["accounts"]

    def users(action: str) -> set[str]:
        return {name for name in NAMES if accounts in template.may(name, f"dynamodb:{action}")}

    assert users("UpdateItem") == {"api", "social_poster", "pseo_generator", "analytics"}
    assert users("DeleteItem") == {"api", "social_poster"}
    index = f"{accounts}/index/due"
    assert {name for name in NAMES if index in template.may(name, "dynamodb:Query")} == {"pseo_generator", "analytics"}


@pytest.mark.parametrize(
    ("index", "users"),
    [
        ("due", {"api", "pseo_generator", "analytics", "reconciler"}),
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
    assert readers(template, "OpenAi") == ["pseo_generator", "content_generator", "social_poster"]


def test_only_who_connects_and_renews_accounts_reads_the_x_app(template: Template) -> None:
    assert readers(template, "XApp") == ["api", "social_poster"]


def readers(template: Template, secret: str) -> list[str]:
    """Who may read the secret of this construct."""
    (key,) = [found for name, found in template.all("SecretsManager::Secret").items() if f"Storage{secret}" in name]
    name_of_key = rendered(key["Name"])
    return [
        name
        for name in NAMES
        if any(f"secret:{name_of_key}-??????" in arn for arn in template.may(name, "secretsmanager:GetSecretValue"))
    ]


def test_the_api_keeps_account_secrets_the_poster_renews_them_and_analytics_reads_them(template: Template) -> None:
    def users(action: str) -> list[str]:
        return [name for name in NAMES if account_secrets(template, name, action)]

    assert users("CreateSecret") == users("DeleteSecret") == ["api"]
    assert users("PutSecretValue") == ["api", "social_poster"]
    assert users("GetSecretValue") == ["social_poster", "analytics"]


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


def test_only_the_notifier_sends_mail_and_it_deletes_nothing(template: Template) -> None:
    assert [name for name in NAMES if template.may(name, "ses:SendEmail")] == ["notifier"]
    assert template.may("notifier", "dynamodb:UpdateItem") == {tables(template)["jobs"]}
    assert template.may("notifier", "dynamodb:DeleteItem") == set()


def test_only_the_generator_touches_the_pages_bucket(template: Template) -> None:
    assert users_of(template, "SitePages") == {"pseo_generator": {"s3:PutObject", "s3:GetObject"}}


def test_the_api_signs_uploads_and_only_the_scraper_reads_them(template: Template) -> None:
    assert users_of(template, "StorageUploads") == {
        "api": {"s3:PutObject", "s3:DeleteObject"},
        "scraper": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
    }


def users_of(template: Template, construct: str) -> dict[str, set[str]]:
    """What each Lambda may do with the objects of a bucket."""
    (bucket,) = [name for name in template.all("S3::Bucket") if name.startswith(construct)]
    actions = ("s3:PutObject", "s3:GetObject", "s3:DeleteObject")
    may = {name: {each for each in actions if f"{bucket}/*" in template.may(name, each)} for name in NAMES}
    return {name: allowed for name, allowed in may.items() if allowed}


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
