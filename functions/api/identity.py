"""Who calls: the organisation and the groups, from the verified token's claims and from nowhere else."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.api.refusals import Forbidden, Unauthenticated

ORG_CLAIM = "custom:org_id"
GROUPS_CLAIM = "cognito:groups"
ADMINS = "admins"

_ORG_ID = re.compile(r"[0-9a-zA-Z_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated user of one organisation."""

    org_id: str
    user_id: str
    is_admin: bool


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller of an HTTP API event (payload format 2.0) whose token API Gateway has verified.

    Raises Unauthenticated without claims, Forbidden when the token names no organisation.
    """
    claims = _claims(event)
    if not claims:
        raise Unauthenticated("send a valid token as `Authorization: Bearer <JWT>`")
    org_id = claims.get(ORG_CLAIM)
    if not isinstance(org_id, str) or not _ORG_ID.fullmatch(org_id):
        raise Forbidden(f"your token names no organisation; ask an administrator to set {ORG_CLAIM} for your user")
    return Caller(org_id=org_id, user_id=str(claims.get("sub", "")), is_admin=ADMINS in groups_of(claims))


def groups_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """The groups of a token.

    API Gateway hands an array over as text, its items between brackets and parted by spaces: `[admins editors]`.
    Other gateways pass the array itself or its JSON.
    """
    raw = claims.get(GROUPS_CLAIM)
    if isinstance(raw, str):
        raw = _split(raw.strip())
    return frozenset(str(group) for group in raw) if isinstance(raw, list) else frozenset()


def _split(text: str) -> list[Any]:
    if not (text.startswith("[") and text.endswith("]")):
        return re.split(r"[\s,]+", text)
    try:
        parsed = json.loads(text)
    except ValueError:
        return re.split(r"[\s,]+", text[1:-1])
    return parsed if isinstance(parsed, list) else []


def _claims(event: Mapping[str, Any]) -> Mapping[str, Any]:
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    jwt = authorizer.get("jwt") or {}
    return jwt.get("claims") or {}
