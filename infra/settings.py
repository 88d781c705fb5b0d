"""What an operator may set with `FLYWHEEL_*` variables or CDK context when deploying."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from infra.bundle import LAMBDA_TARGET, BundleTarget, host_target
from infra.concurrency import read_concurrency, share_out
from infra.domains import (
    CLOUDFRONT_REGION,
    SITE_URL,
    Domain,
    read_console_origin,
    read_domain,
    refuse_console_domain,
    refuse_strange_site_url,
)
from infra.fleet import FLEET
from infra.refused import SettingsError
from infra.stage import Identity
from infra.table_indexes import read_deployed

PREFIX = "FLYWHEEL_"
OF_THE_STACK = (
    "STACK_NAME",
    "STAGE",
    "CONCURRENCY",
    "SITE_URL",
    "SITE_DOMAIN",
    "SITE_DOMAIN_CERTIFICATE_ARN",
    "API_DOMAIN",
    "API_DOMAIN_CERTIFICATE_ARN",
    "CONSOLE_ORIGIN",
    "ALARM_EMAIL",
    "BUNDLE_PLATFORM",
    "DEPLOYED_TEMPLATE",
)
"""Settings that no Lambda has, without the prefix."""

_OPENAI_BASE_URL = "FLYWHEEL_OPENAI_BASE_URL"
_REGION = "CDK_DEFAULT_REGION"  # where the CDK's command line is about to deploy
_DEVELOPMENT_ONLY = ("FLYWHEEL_ALLOW_LOOPBACK_WEBHOOKS", "FLYWHEEL_LOOPBACK_SOURCES")
_NO = ("false", "0", "no", "off", "n", "f")
_LOG_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")  # those that both Lambda and Python know
_LANES = {lane: at_once for plan in FLEET for lane, at_once in plan.consumes.items()}


@dataclass(frozen=True)
class DeploymentSettings:
    """The settings of one deployment.

    `overrides` holds every `FLYWHEEL_<NAME>` as `<NAME>`; a Lambda receives those that infra/fleet.py lists for it.
    `identity` tells it from others in the same account.
    `at_once` is how many executions each lane may take.
    `site_url` is where readers reach the pages, without a slash at the end and with `{bucket}` for the name of their
    bucket; None means the site's own domain, or CloudFront's.
    `console_origin` is the one whose pages may call the API.
    `alarm_email` is subscribed to the alarms.
    `deployed_indexes` are those of the tables as they are deployed, for an update over several releases.
    """

    overrides: Mapping[str, str] = field(default_factory=dict)
    identity: Identity = field(default_factory=Identity)
    at_once: Mapping[str, int] = field(default_factory=lambda: _LANES)
    site_url: str | None = None
    site_domain: Domain | None = None
    api_domain: Domain | None = None
    console_origin: str | None = None
    alarm_email: str | None = None
    deployed_indexes: Mapping[str, list[str]] | None = None
    bundle_target: BundleTarget = LAMBDA_TARGET

    @classmethod
    def read(cls, source: Mapping[str, Any]) -> Self:
        """Take what begins with `FLYWHEEL_` from `source`; an empty value counts as not given.

        Raises SettingsError when a value has no meaning.
        """
        given = {name: str(value) for name, value in source.items() if name.startswith(PREFIX) and str(value)}
        level = given.get("FLYWHEEL_POWERTOOLS_LOG_LEVEL", "INFO")
        if level not in _LOG_LEVELS:
            raise SettingsError(f"FLYWHEEL_POWERTOOLS_LOG_LEVEL is {level!r}; it can be {', '.join(_LOG_LEVELS)}")
        if _OPENAI_BASE_URL in given:
            given.setdefault("FLYWHEEL_AI_PROVIDER", "openai")
        platform = given.get("FLYWHEEL_BUNDLE_PLATFORM", "lambda")
        _refuse_on_aws(given, platform)
        refuse_console_domain(given)
        site = read_domain(given, "SITE", region=CLOUDFRONT_REGION)
        site_url = given.get(SITE_URL)
        if site_url and platform == "lambda":
            refuse_strange_site_url(site_url, site)
        return cls(
            overrides={name.removeprefix(PREFIX): value for name, value in given.items()},
            identity=Identity.read(given),
            at_once=share_out(_LANES, read_concurrency(given, _LANES)),
            site_url=site_url.rstrip("/") if site_url else None,
            site_domain=site,
            api_domain=read_domain(given, "API", region=source.get(_REGION) or None),
            console_origin=read_console_origin(given),
            alarm_email=given.get("FLYWHEEL_ALARM_EMAIL"),
            deployed_indexes=read_deployed(given),
            bundle_target=_bundle_target(platform),
        )

    def chosen(self, names: tuple[str, ...]) -> dict[str, str]:
        """Those of `names` that the operator set."""
        return {name: self.overrides[name] for name in names if name in self.overrides}


def _refuse_on_aws(given: Mapping[str, str], platform: str) -> None:
    for name in _DEVELOPMENT_ONLY:
        if platform == "lambda" and given.get(name, "false").lower() not in _NO:
            raise SettingsError(f"{name} is for the embedded engine only; on AWS it would open the Lambda")


def _bundle_target(platform: str) -> BundleTarget:
    if platform == "lambda":
        return LAMBDA_TARGET
    if platform == "host":
        return host_target()
    raise SettingsError(f"FLYWHEEL_BUNDLE_PLATFORM is {platform!r}; it can be `lambda` (the default) or `host`")
