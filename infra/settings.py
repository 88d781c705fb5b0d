"""What an operator may set with `FLYWHEEL_*` variables or CDK context when deploying."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from infra.bundle import LAMBDA_TARGET, BundleTarget, host_target

PREFIX = "FLYWHEEL_"
_OPENAI_BASE_URL = "FLYWHEEL_OPENAI_BASE_URL"
_DEVELOPMENT_ONLY = ("FLYWHEEL_ALLOW_LOOPBACK_WEBHOOKS", "FLYWHEEL_LOOPBACK_SOURCES")
_NO = ("false", "0", "no", "off", "n", "f")
_LOG_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")  # those that both Lambda and Python know


class SettingsError(Exception):
    """A setting of the deployment that cannot be used; the text names it and what is possible."""


@dataclass(frozen=True)
class DeploymentSettings:
    """The settings of one deployment.

    `overrides` holds every `FLYWHEEL_<NAME>` as `<NAME>`; a Lambda receives those that infra/fleet.py lists for it.
    `site_url` is where readers reach the pages, without a slash at the end and with `{bucket}` for the name of their
    bucket; None means CloudFront's own domain.
    `alarm_email` is subscribed to the alarms.
    """

    overrides: Mapping[str, str] = field(default_factory=dict)
    site_url: str | None = None
    alarm_email: str | None = None
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
        for name in _DEVELOPMENT_ONLY:
            if platform == "lambda" and given.get(name, "false").lower() not in _NO:
                raise SettingsError(f"{name} is for the embedded engine only; on AWS it would open the Lambda")
        site_url = given.get("FLYWHEEL_SITE_URL")
        return cls(
            overrides={name.removeprefix(PREFIX): value for name, value in given.items()},
            site_url=site_url.rstrip("/") if site_url else None,
            alarm_email=given.get("FLYWHEEL_ALARM_EMAIL"),
            bundle_target=_bundle_target(platform),
        )

    def chosen(self, names: tuple[str, ...]) -> dict[str, str]:
        """Those of `names` that the operator set."""
        return {name: self.overrides[name] for name in names if name in self.overrides}


def _bundle_target(platform: str) -> BundleTarget:
    if platform == "lambda":
        return LAMBDA_TARGET
    if platform == "host":
        return host_target()
    raise SettingsError(f"FLYWHEEL_BUNDLE_PLATFORM is {platform!r}; it can be `lambda` (the default) or `host`")
