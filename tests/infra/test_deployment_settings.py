"""What an operator sets, and which Lambda gets it."""

import sys
from collections.abc import Mapping

import pytest

from infra.bundle import LAMBDA_TARGET
from infra.concurrency import share_out
from infra.fleet import CONTENT_GENERATOR, FLEET, SOCIAL_POSTER, FunctionPlan
from infra.refused import SettingsError
from infra.settings import DeploymentSettings
from infra.stage import Identity, Stage


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
    settings = DeploymentSettings.read({"FLYWHEEL_SITE_URL": "http://localhost:9/", "FLYWHEEL_BUNDLE_PLATFORM": "host"})

    assert settings.site_url == "http://localhost:9"


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


CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0b9a6c0e-6f2c"
ELSEWHERE = CERTIFICATE.replace("us-east-1", "eu-west-1")
SITE = {"FLYWHEEL_SITE_DOMAIN": "pages.acme.example", "FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN": CERTIFICATE}
API = {"FLYWHEEL_API_DOMAIN": "api.acme.example", "FLYWHEEL_API_DOMAIN_CERTIFICATE_ARN": ELSEWHERE}


def test_a_deployment_is_the_one_called_flywheel_and_protected_unless_it_is_said_otherwise() -> None:
    named = {"FLYWHEEL_STACK_NAME": "Acme-2", "FLYWHEEL_STAGE": "dev"}

    assert DeploymentSettings.read({}).identity == Identity("Flywheel", Stage.DEV)
    assert DeploymentSettings.read(named).identity == Identity("Acme-2", Stage.DEV)


def test_the_first_deployments_secrets_keep_their_names() -> None:
    assert Identity().account_secret_prefix == "flywheel/accounts/"
    assert Identity("Acme").account_secret_prefix == "flywheel-Acme/accounts/"


@pytest.mark.parametrize("total", [22, 23, 35, 40, 85, 119, 120])
def test_lanes_share_exactly_what_they_may_take_together(total: int) -> None:
    shares = DeploymentSettings.read({"FLYWHEEL_CONCURRENCY": str(total)}).at_once
    wanted = DeploymentSettings().at_once

    assert sum(shares.values()) == total
    assert all(2 <= shares[lane] <= wanted[lane] for lane in wanted)


def test_more_than_the_lanes_want_changes_nothing() -> None:
    assert DeploymentSettings.read({"FLYWHEEL_CONCURRENCY": "1000"}).at_once == DeploymentSettings().at_once


def test_what_is_beyond_the_least_is_shared_in_proportion() -> None:
    assert share_out({"a": 42, "b": 22, "c": 2}, 36) == {"a": 22, "b": 12, "c": 2}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"FLYWHEEL_CONCURRENCY": "3"},
            "FLYWHEEL_CONCURRENCY is '3'; it can be a whole number from 22, because each of ",
        ),
        ({"FLYWHEEL_CONCURRENCY": "10"}, "a higher quota first: README.md, section 'In an account with small limits'"),
        ({"FLYWHEEL_CONCURRENCY": "many"}, "FLYWHEEL_CONCURRENCY is 'many'; it can be a whole number from 22"),
        ({"FLYWHEEL_CONCURRENCY": "-40"}, "FLYWHEEL_CONCURRENCY is '-40'"),
        ({"FLYWHEEL_CONCURRENCY": "22.5"}, "FLYWHEEL_CONCURRENCY is '22.5'"),
        ({"FLYWHEEL_STAGE": "staging"}, "FLYWHEEL_STAGE is 'staging'; it can be dev or prod"),
        (
            {"FLYWHEEL_STACK_NAME": "2nd"},
            "FLYWHEEL_STACK_NAME is '2nd'; it can be up to 13 letters, digits and hyphens",
        ),
        ({"FLYWHEEL_STACK_NAME": "a" * 14}, "it can be up to 13 letters"),
        ({"FLYWHEEL_STACK_NAME": "a_b"}, "FLYWHEEL_STACK_NAME is 'a_b'"),
        (
            {"FLYWHEEL_SITE_DOMAIN": "pages.acme.example"},
            "FLYWHEEL_SITE_DOMAIN is given without FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN: request a certificate for "
            "pages.acme.example in Certificate Manager in us-east-1 and give its ARN",
        ),
        (
            {"FLYWHEEL_API_DOMAIN_CERTIFICATE_ARN": ELSEWHERE},
            "FLYWHEEL_API_DOMAIN_CERTIFICATE_ARN is given without FLYWHEEL_API_DOMAIN: name the host of the API",
        ),
        (
            {**SITE, "FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN": ELSEWHERE},
            "FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN is of eu-west-1, but CloudFront takes certificates of us-east-1",
        ),
        (
            {**API, "CDK_DEFAULT_REGION": "us-west-2"},
            "FLYWHEEL_API_DOMAIN_CERTIFICATE_ARN is of eu-west-1, but the API is served in us-west-2",
        ),
        ({**SITE, "FLYWHEEL_SITE_DOMAIN": "https://pages.acme.example"}, "it can be a host name in small letters"),
        ({**SITE, "FLYWHEEL_SITE_DOMAIN": "Pages.acme.example"}, "it can be a host name in small letters"),
        ({**SITE, "FLYWHEEL_SITE_DOMAIN": "localhost"}, "FLYWHEEL_SITE_DOMAIN is 'localhost'"),
        ({**SITE, "FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN": "mine"}, "it can be the ARN of a certificate"),
        ({"FLYWHEEL_CONSOLE_DOMAIN": "console.acme.example"}, "this version has no console to serve: leave it out"),
        (
            {"FLYWHEEL_SITE_URL": "https://pages.acme.example"},
            "give FLYWHEEL_SITE_DOMAIN=pages.acme.example and FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN, a certificate ",
        ),
        ({**SITE, "FLYWHEEL_SITE_URL": "https://www.acme.example"}, "where nothing of this deployment answers"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_that_names_the_setting_and_what_to_do(
    given: Mapping[str, str], told: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        DeploymentSettings.read(given)

    assert told in str(refused.value)
    assert str(refused.value).startswith("FLYWHEEL_")


def test_domains_come_with_their_certificates() -> None:
    settings = DeploymentSettings.read({**SITE, **API, "CDK_DEFAULT_REGION": "eu-west-1"})

    assert settings.site_domain is not None
    assert settings.site_domain.url == "https://pages.acme.example"
    assert settings.api_domain is not None
    assert settings.api_domain.certificate_arn == ELSEWHERE


def test_the_sites_address_may_be_said_where_it_is_the_domain_anyway() -> None:
    assert DeploymentSettings.read({**SITE, "FLYWHEEL_SITE_URL": "https://pages.acme.example/"}).site_domain is not None


@pytest.mark.parametrize("origin", ["https://console.acme.example", "https://c.example:8443", "http://localhost:4566"])
def test_the_consoles_origin_is_taken(origin: str) -> None:
    assert DeploymentSettings.read({"FLYWHEEL_CONSOLE_ORIGIN": origin}).console_origin == origin


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*", "https://c.example/", "http://c.example", "c.example", "null", "https://a.example,https://b"],
)
def test_an_origin_that_is_none_or_many_is_refused(origin: str) -> None:
    with pytest.raises(SettingsError, match=r"FLYWHEEL_CONSOLE_ORIGIN is .* it can be one origin"):
        DeploymentSettings.read({"FLYWHEEL_CONSOLE_ORIGIN": origin})
