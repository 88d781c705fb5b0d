"""What an operator sets, and which Lambda gets it."""

import sys

import pytest

from infra.bundle import LAMBDA_TARGET
from infra.fleet import CONTENT_GENERATOR, FLEET, SOCIAL_POSTER, FunctionPlan
from infra.settings import DeploymentSettings, SettingsError


def test_a_flywheel_variable_reaches_the_lambdas_that_have_the_setting_and_no_other() -> None:
    settings = DeploymentSettings.read({"FLYWHEEL_X_API_BASE_URL": "http://localhost:9", "X_API_BASE_URL": "ignored"})

    assert settings.chosen(SOCIAL_POSTER.settings) == {"X_API_BASE_URL": "http://localhost:9"}
    assert settings.chosen(CONTENT_GENERATOR.settings) == {}


def test_an_empty_variable_counts_as_not_given() -> None:
    settings = DeploymentSettings.read({"FLYWHEEL_LEASE_SECONDS": "", "FLYWHEEL_SITE_URL": ""})

    assert settings == DeploymentSettings()


def test_naming_an_openai_server_chooses_the_openai_provider_unless_another_is_named() -> None:
    named = {"FLYWHEEL_OPENAI_BASE_URL": "http://localhost:9/v1"}

    chosen = DeploymentSettings.read(named).chosen(CONTENT_GENERATOR.settings)
    overruled = DeploymentSettings.read({**named, "FLYWHEEL_AI_PROVIDER": "offline"}).chosen(CONTENT_GENERATOR.settings)

    assert chosen["AI_PROVIDER"] == "openai"
    assert overruled["AI_PROVIDER"] == "offline"


@pytest.mark.parametrize("plan", FLEET, ids=lambda plan: plan.name)
def test_the_openai_key_reaches_no_environment(plan: FunctionPlan) -> None:
    settings = DeploymentSettings.read({"FLYWHEEL_OPENAI_API_KEY": "sk-secret"})

    assert settings.chosen(plan.settings) == {}


def test_the_site_address_loses_its_last_slash() -> None:
    settings = DeploymentSettings.read({"FLYWHEEL_SITE_URL": "https://pages.example.com/"})

    assert settings.site_url == "https://pages.example.com"


def test_bundles_are_made_for_lambda_unless_asked_for_this_machine() -> None:
    host = DeploymentSettings.read({"FLYWHEEL_BUNDLE_PLATFORM": "host"}).bundle_target

    assert DeploymentSettings.read({}).bundle_target == LAMBDA_TARGET
    assert host.python_version == ".".join(str(part) for part in sys.version_info[:2])
    assert host.platform is None


def test_an_unknown_bundle_platform_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="FLYWHEEL_BUNDLE_PLATFORM is 'windows'"):
        DeploymentSettings.read({"FLYWHEEL_BUNDLE_PLATFORM": "windows"})


def test_an_unknown_log_level_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="FLYWHEEL_POWERTOOLS_LOG_LEVEL is 'loud'"):
        DeploymentSettings.read({"FLYWHEEL_POWERTOOLS_LOG_LEVEL": "loud"})


@pytest.mark.parametrize("platform", ["lambda", None])
def test_webhooks_on_this_machine_are_refused_for_aws(platform: str | None) -> None:
    given = {"FLYWHEEL_ALLOW_LOOPBACK_WEBHOOKS": "true", **({"FLYWHEEL_BUNDLE_PLATFORM": platform} if platform else {})}

    with pytest.raises(SettingsError, match="FLYWHEEL_ALLOW_LOOPBACK_WEBHOOKS"):
        DeploymentSettings.read(given)


def test_webhooks_on_this_machine_may_be_allowed_on_the_embedded_engine() -> None:
    given = {"FLYWHEEL_ALLOW_LOOPBACK_WEBHOOKS": "true", "FLYWHEEL_BUNDLE_PLATFORM": "host"}

    assert DeploymentSettings.read(given).overrides["ALLOW_LOOPBACK_WEBHOOKS"] == "true"
