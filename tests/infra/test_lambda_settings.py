"""The stack and the code agree on every Lambda's environment."""

import json
from collections.abc import Mapping
from importlib import import_module
from inspect import getmembers, isclass
from typing import Any

import pytest

from functions.shared.kernel.settings import EnvSettings
from functions.shared.writing.models.choose import ModelSettings
from infra.fleet import FLEET, FunctionPlan
from tests.infra.conftest import OTHER
from tests.infra.template import Template, logical_id

NAMES = [plan.name for plan in FLEET]
WRITERS = ("pseo_generator", "content_generator", "social_poster")


def settings_classes(name: str) -> list[type[EnvSettings]]:
    """What `functions/<name>` reads from its environment."""
    module = import_module(f"functions.{name}.settings")
    own = [
        each
        for _, each in getmembers(module, isclass)
        if issubclass(each, EnvSettings) and each.__module__ == module.__name__
    ]
    assert own, f"functions/{name}/settings.py defines no settings"
    return [*own, ModelSettings] if name in WRITERS else own


@pytest.mark.parametrize("name", NAMES)
def test_a_lambda_is_given_every_setting_it_needs(template: Template, name: str) -> None:
    environment = template.environment(name)

    for settings in settings_classes(name):
        settings.from_env(environment)


@pytest.mark.parametrize("name", NAMES)
def test_a_lambda_reads_every_setting_it_is_given(template: Template, name: str) -> None:
    read = {field.upper() for settings in settings_classes(name) for field in settings.model_fields}
    given = {variable for variable in template.environment(name) if not variable.startswith("POWERTOOLS_")}

    assert given - read == set()


@pytest.mark.parametrize("plan", FLEET, ids=lambda plan: plan.name)
def test_an_operator_may_set_what_the_code_has_and_nothing_else(plan: FunctionPlan) -> None:
    read = {field.upper() for settings in settings_classes(plan.name) for field in settings.model_fields}

    assert set(plan.settings) - {"POWERTOOLS_LOG_LEVEL"} - read == set()


MOST_BYTES = 4096
NUMBERS = ("_SECONDS", "_DEFERRALS", "_DAYS", "_PER_ORG", "_HOURS", "_FAILURES", "_TICK", "_RUN")
A_NUMBER = "86400"
A_SETTING = "https://x.example/a"
ADDRESS = "https://sqs.ap-southeast-1.amazonaws.com/123456789012/"
PLACE = "arn:aws:dynamodb:ap-southeast-1:123456789012:function:"


@pytest.mark.parametrize("plan", FLEET, ids=lambda plan: plan.name)
def test_a_lambda_has_room_for_the_environment_with_every_setting_an_operator_may_make(
    second: Template, plan: FunctionPlan
) -> None:
    """The second deployment's name is as long as may be."""
    variables = second.function(plan.name)["Environment"]["Variables"]
    given = {name: deployed(value, second) for name, value in variables.items()}

    environment = {**given, **{name: A_NUMBER if name.endswith(NUMBERS) else A_SETTING for name in plan.settings}}

    assert len(json.dumps(environment, separators=(",", ":"))) <= MOST_BYTES


def deployed(value: Any, template: Template) -> str:
    """A value as long as in a region with a long name."""
    if not isinstance(value, Mapping):
        return str(value)
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(deployed(part, template) for part in parts)
    if "Fn::Select" in value:
        return "12345678"
    made = logical_id(value)
    name = f"{OTHER['FLYWHEEL_STACK_NAME']}-{made}-ABCDEFGHIJKL"[:80]
    is_url = value == {"Ref": made} and made in template.all("SQS::Queue")
    is_arn = value == {"Fn::GetAtt": [made, "Arn"]}
    return f"{ADDRESS if is_url else PLACE if is_arn else ''}{name}"
