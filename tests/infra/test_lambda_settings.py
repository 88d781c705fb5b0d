"""The stack and the code agree on every Lambda's environment."""

from importlib import import_module
from inspect import getmembers, isclass

import pytest

from functions.shared.ai.choose import ModelSettings
from functions.shared.settings import EnvSettings
from infra.fleet import FLEET, FunctionPlan
from tests.infra.template import Template

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
