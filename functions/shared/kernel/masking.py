"""Takes secrets out of what is shown: of addresses, and of texts and log lines as a second layer. Decision 0032.

What is shown masked is stored as it was given. Masking what is masked already changes nothing.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

MASK = "***"

# Names whose value is a secret, as they stand in queries, forms, JSON and headers.
_NAMES = (
    r"[\w.-]*(?:token|secret|password|passwd|passphrase|signature|credential|authorization|"
    r"api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|cookie)"
)
_IN_QUERY = re.compile(rf"(?i)(?:{_NAMES}|key|sig|auth|pass|pwd|code|jwt|hmac|sid|session|sessionid)")
_AS_KEY = re.compile(rf"(?i){_NAMES}")
_PARTED = re.compile(r"([&;])")
_URL = re.compile(r"""(?i)\bhttps?://[^\s"'<>\\]+""")
# Services whose addresses are their only key: what follows the named part of the path opens them.
_HOOKS = re.compile(
    r"(?i)(/services/|/webhooks?/(?:[0-9]+/)?|/webhookb2/|/hooks?/(?:catch/)?|/bot(?=[0-9]+:)|/with/key/|/triggers/)(.+)"
)
# A part of a path that nobody typed: a UUID, or a long mixture of letters and digits without words in it.
_UNSPEAKABLE = re.compile(
    r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[a-z_]*[0-9])(?=[0-9_]*[a-z])[a-z0-9_]{20,}"
)
_SHAPES = re.compile(
    r"""
    \b(?:Bearer|Basic|OAuth)\s+(?=\S*[0-9=+/_-])[\w.~+/%=-]{8,}   # an Authorization header
    | \bAWS4-HMAC-SHA256\s+Credential=[^"']{1,1000}                 # a signed call of AWS
    | \beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*                            # a JSON Web Token
    | \bwhsec_[\w+/=-]{8,}                                         # a webhook's signing key
    | \b(?:sk|pk|rk)[-_][\w-]{16,}                                 # keys of OpenAI and of many like it
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}                                  # AWS's access keys
    | \bAIza[\w-]{30,} | \bxox[abprs]-[\w-]{10,} | \bgh[pousr]_\w{20,} | \bEAA[0-9A-Za-z]{20,}
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END[^-]*-----|$)
    """,
    re.VERBOSE | re.DOTALL,
)
# "access_token": "...", also within a string of JSON, or as Python writes it; and access_token=... of a form.
_QUOTED = re.compile(rf"""(?i)(\\?["']{_NAMES}\\?["']\s*:\s*b?\\?["'])(?!\*\*\*)((?:(?!\\?["']).)+)""")
_FORM = re.compile(rf"""(?i)(?<![\w.-])({_NAMES}=)(?!\*\*\*)([^\s&;,"'<>\\)]+)""")


def mask_url(url: str) -> str:
    """The address without a user's name and password, and without the values of its query that are secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    _, at, host = parts.netloc.rpartition("@")
    netloc = f"{MASK}@{host}" if at else parts.netloc
    path = _HOOKS.sub(rf"\1{MASK}", parts.path) if parts.scheme else parts.path
    return urlunsplit(parts._replace(netloc=netloc, path=path, query=_masked_query(parts.query)))


def mask_address(url: str) -> str:
    """An address that a user gave, as it is shown: also without parts of its path that only its owner can know."""
    parts = urlsplit(mask_url(url))
    path = "/".join(MASK if _UNSPEAKABLE.fullmatch(part) else part for part in parts.path.split("/"))
    return urlunsplit(parts._replace(path=path))


def mask_text(text: str) -> str:
    """The text without what looks like a secret."""
    masked = _URL.sub(lambda found: mask_url(found[0]), text) if "://" in text else text
    masked = _SHAPES.sub(MASK, masked)
    masked = _QUOTED.sub(rf"\1{MASK}", masked) if ":" in masked else masked
    return _FORM.sub(rf"\1{MASK}", masked) if "=" in masked else masked


def mask_values(value: Any) -> Any:
    """The same of everything in a structure: whatever a key named as a secret holds is one."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {key: _of_key(key, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_values(inner) for inner in value]
    return value


def _of_key(key: Any, value: Any) -> Any:
    is_secret = isinstance(key, str) and _AS_KEY.fullmatch(key) and isinstance(value, str | bytes) and value
    return MASK if is_secret else mask_values(value)


def _masked_query(query: str) -> str:
    return "".join(_masked_pair(part) for part in _PARTED.split(query))


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not value:
        return pair
    is_secret = _IN_QUERY.fullmatch(name) is not None
    return f"{name}{equals}{MASK if is_secret else _SHAPES.sub(MASK, value)}"
