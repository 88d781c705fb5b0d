"""Who may call the embedded engine: programs on this machine, and of what browsers send, only what is meant for them.

The engine takes test/test for its root, and a web page that the operator opens can reach it. So a name that may lead
anywhere is no Host of its, and a browser gets no further than the API, the pages and, from the console, uploads and
sign-in. Decision 0031.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

API_PREFIX = "/_aws/execute-api/"
SIGN_IN_PREFIX = "AWSCognitoIdentityProviderService."
# What Cognito lets anybody call, or whoever holds the user's own token; no AWS credentials are asked for.
SIGN_IN_CALLS = frozenset(
    (
        "AssociateSoftwareToken", "ChangePassword", "ConfirmForgotPassword", "ForgotPassword", "GetUser",
        "GlobalSignOut", "InitiateAuth", "RespondToAuthChallenge", "RevokeToken", "SetUserMFAPreference",
        "VerifySoftwareToken",
    )
)  # fmt: skip

# Names that no DNS server can point elsewhere. `localhost.` is left out: nothing of ours is called so.
_HERE = re.compile(r"(?P<name>127\.0\.0\.1|\[::1\]|(?:[a-z0-9_-]+\.)*localhost)(?::[0-9]{1,5})?")
_PLAIN = ("127.0.0.1", "localhost")
_OURS = ("none", "same-origin")


class Kind(Enum):
    """What a call is for."""

    API = "the HTTP API, which asks for tokens of its own"
    PAGE = "an object that anybody may read"
    UPLOAD = "an upload to a presigned address"
    SIGN_IN = "a user's sign-in"
    ADMINISTRATION = "AWS itself, or the engine"


@dataclass(frozen=True)
class Call:
    """One request as it came in. Names of headers are in lower case; one sent twice is there twice."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    kind: Kind
    is_websocket: bool = False

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for given, value in self.headers if given == name]

    def one(self, name: str) -> str | None:
        """A header's only value, without spaces around it."""
        values = self.all(name)
        return values[0].strip() if len(values) == 1 else None

    @property
    def is_of_a_browser(self) -> bool:
        """Whether it bears what browsers add and programs do not. Pages cannot leave these off."""
        return any(name == "origin" or name.startswith("sec-fetch-") for name, _ in self.headers)


def console_origin(port: int) -> str:
    """The console's origin on an engine's port: another one than that of the pages, which are at 127.0.0.1."""
    return f"http://localhost:{port}"


def reason_to_refuse(call: Call, *, console: str) -> str | None:
    """Why this call is not answered, as a sentence; None when it is."""
    host = _HERE.fullmatch((call.one("host") or "").lower())
    if host is None:
        return "Its Host is not this machine: use http://127.0.0.1 or http://localhost."
    if not call.target.startswith("/"):
        return "Its target is no path."
    if not call.is_of_a_browser:
        return None
    if call.is_websocket or host["name"] not in _PLAIN:
        return "No web page may open this."
    return _reason_to_refuse_a_page(call, console)


def _reason_to_refuse_a_page(call: Call, console: str) -> str | None:
    is_console = call.one("origin") == console
    if call.all("origin") and not is_console:
        return f"It comes from a web page of another origin than the console's, {console}."
    if call.kind is Kind.ADMINISTRATION or (call.kind in (Kind.UPLOAD, Kind.SIGN_IN) and not is_console):
        return "No web page may administer this engine. Programs may: the AWS CLI, SDKs, curl."
    if is_console or _is_from_here(call) or _is_link(call):
        return None
    return "It comes from a web page of another site."


def _is_from_here(call: Call) -> bool:
    """Whether its sender typed the address, or is a page of the same origin."""
    return call.one("sec-fetch-site") in _OURS


def _is_link(call: Call) -> bool:
    """Whether it shows an address in a tab of its own, as a link does: the page that holds the link learns nothing."""
    is_shown = call.one("sec-fetch-mode") == "navigate" and call.one("sec-fetch-dest") == "document"
    return is_shown and call.method == "GET" and not call.all("origin")
