"""Names of the operator's own for what is served, each with its certificate."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.refused import SettingsError

SITE_URL = "FLYWHEEL_SITE_URL"
CLOUDFRONT_REGION = "us-east-1"
_SERVED = {"SITE": "the site", "API": "the API"}
_CONSOLE = ("FLYWHEEL_CONSOLE_DOMAIN", "FLYWHEEL_CONSOLE_DOMAIN_CERTIFICATE_ARN")
CONSOLE_ORIGIN = "FLYWHEEL_CONSOLE_ORIGIN"
_ORIGIN = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::[0-9]{1,5})?|http://localhost:[0-9]{1,5}")
_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):[0-9]{12}:certificate/[A-Za-z0-9-]+")


@dataclass(frozen=True)
class Domain:
    """A host name, and the certificate of Certificate Manager that covers it."""

    name: str
    certificate_arn: str

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"https://{self.name}"


def read_domain(given: Mapping[str, str], what: str, *, region: str | None) -> Domain | None:
    """The domain of `what`, SITE or API; None when it has none. Raises SettingsError.

    The certificate must lie in `region`; None says that the region is not known yet.
    """
    name_setting = f"FLYWHEEL_{what}_DOMAIN"
    certificate_setting = f"{name_setting}_CERTIFICATE_ARN"
    name, certificate = given.get(name_setting), given.get(certificate_setting)
    if name is None and certificate is None:
        return None
    if certificate is None:
        raise SettingsError(
            f"{name_setting} is given without {certificate_setting}: request a certificate for {name} in Certificate "
            f"Manager{f' in {region}' if region else ''} and give its ARN"
        )
    if name is None:
        raise SettingsError(f"{certificate_setting} is given without {name_setting}: name the host of {_SERVED[what]}")
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{name_setting} is {name!r}; it can be a host name in small letters, as pages.example.com")
    found = _CERTIFICATE.fullmatch(certificate)
    if found is None:
        raise SettingsError(
            f"{certificate_setting} is {certificate!r}; it can be the ARN of a certificate of Certificate Manager, as "
            "arn:aws:acm:<region>:<account>:certificate/<id>"
        )
    if region is not None and found[1] != region:
        because = "CloudFront takes certificates of" if what == "SITE" else "the API is served in"
        raise SettingsError(
            f"{certificate_setting} is of {found[1]}, but {because} {region}: request the certificate of {name} there"
        )
    return Domain(name, certificate)


def read_console_origin(given: Mapping[str, str]) -> str | None:
    """The one origin whose pages may call the API; None when there is none. Raises SettingsError. Decision 0039."""
    origin = given.get(CONSOLE_ORIGIN)
    if origin is not None and not _ORIGIN.fullmatch(origin):
        raise SettingsError(
            f"{CONSOLE_ORIGIN} is {origin!r}; it can be one origin, as https://console.example.com, without a path and "
            "a slash, or http://localhost:<port>"
        )
    return origin


def refuse_console_domain(given: Mapping[str, str]) -> None:
    """Raise SettingsError for a console's domain: there is no console to serve yet."""
    for name in _CONSOLE:
        if name in given:
            raise SettingsError(f"{name} is given, but this version has no console to serve: leave it out")


def refuse_strange_site_url(site_url: str, site: Domain | None) -> None:
    """Raise SettingsError when the pages would name an address at which CloudFront does not answer."""
    host = urlsplit(site_url).hostname or site_url
    if site is None or host != site.name:
        raise SettingsError(
            f"{SITE_URL} is {site_url}, where nothing of this deployment answers: give FLYWHEEL_SITE_DOMAIN={host} and "
            f"FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN, a certificate of it in {CLOUDFRONT_REGION}; leave {SITE_URL} out"
        )
