"""What is promised about every Lambda."""

import pytest

from infra.fleet import FLEET
from tests.infra.template import Template, logical_id

NAMES = [plan.name for plan in FLEET]
TIMEOUTS = {
    "api": 29,
    "pseo_generator": 300,
    "content_generator": 300,
    "social_poster": 120,
    "scraper": 120,
    "analytics": 180,
    "reconciler": 55,
    "scheduler_tick": 30,
    "notifier": 120,
}


def test_the_template_holds_these_lambdas_and_no_other(template: Template) -> None:
    handlers = {each["Handler"] for each in template.all("Lambda::Function").values()}

    assert handlers == {f"functions.{name}.handler.handler" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_lambda_runs_python_313_on_arm_with_tracing_and_json_logs(template: Template, name: str) -> None:
    function = template.function(name)

    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Timeout"] == TIMEOUTS[name]
    assert ("TracingConfig" in function) is (name != "reconciler"), "its runs mostly find nothing, and each is billed"
    assert function["LoggingConfig"]["LogFormat"] == "JSON"


def test_every_log_group_forgets(template: Template) -> None:
    groups = template.all("Logs::LogGroup")
    used = {logical_id(template.function(name)["LoggingConfig"]["LogGroup"]) for name in NAMES}

    assert len(used) == len(NAMES), "each Lambda has its own"
    assert used < set(groups)
    assert {group["RetentionInDays"] for group in groups.values()} == {30}


def test_every_lambda_has_a_role_of_its_own_with_no_managed_policy(template: Template) -> None:
    roles = {template.role_of(name) for name in NAMES}

    assert len(roles) == len(NAMES)
    assert [role for role in roles if "ManagedPolicyArns" in template.all("IAM::Role")[role]] == []


@pytest.mark.parametrize("name", NAMES)
def test_only_a_lambda_that_sends_to_its_own_queue_is_exempt_from_loop_detection(template: Template, name: str) -> None:
    exempt = template.function(name).get("RecursiveLoop") == "Allow"

    assert exempt == (name not in ("api", "reconciler", "scheduler_tick", "notifier"))
