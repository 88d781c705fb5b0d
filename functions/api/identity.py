"""Who calls: the organisation and the groups, from the verified token's claims and from nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.api.refusals import Forbidden, Unauthenticated

ORG_CLAIM = "custom:org_id"
GROUPS_CLAIM = "cognito:groups"
OPERATORS, ADMINS, VIEWERS = "operators", "admins", "viewers"
OF_NO_CUSTOMER = "_operators"
"""The organisation of an operator whose token names none. No customer's id begins with `_`."""

_ORG_ID = re.compile(r"[0-9a-zA-Z_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated user of one organisation, or an operator of none. Decision 0033.

    Whoever is in several groups has the rights of the strongest: operators, admins, none, viewers.
    """

    org_id: str
    user_id: str
    groups: frozenset[str] = frozenset()

    @property
    def is_operator(self) -> bool:
        """Whether the whole deployment is theirs to look after."""
        return OPERATORS in self.groups

    @property
    def is_admin(self) -> bool:
        """Whether they administer their organisation, as operators may any."""
        return self.is_operator or ADMINS in self.groups

    @property
    def is_viewer(self) -> bool:
        """Whether they only read."""
        return VIEWERS in self.groups and not self.is_admin


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller of an HTTP API event (payload format 2.0) whose token API Gateway has verified.

    Raises Unauthenticated without claims, Forbidden when the token names no organisation.
    """
    claims = _claims(event)
    if not claims:
        raise Unauthenticated("send a valid token as `Authorization: Bearer <JWT>`")
    groups = groups_of(claims)
    org_id = claims.get(ORG_CLAIM)
    if org_id is None and OPERATORS in groups:
        org_id = OF_NO_CUSTOMER
    if not isinstance(org_id, str) or not _ORG_ID.fullmatch(org_id):
        raise Forbidden(f"your token names no organisation; ask an administrator to set {ORG_CLAIM} for your user")
    return Caller(org_id=org_id, user_id=str(claims.get("sub", "")), groups=groups)


def groups_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """The groups of a token, by their exact names.

    API Gateway hands an array over as text, its items between brackets and parted by spaces: `[admins editors]`.
    Cognito takes no name with a space in it ("GroupName" of CreateGroup), so that none can pass for two.
    """
    raw = claims.get(GROUPS_CLAIM)
    if not isinstance(raw, str) or not (raw.startswith("[") and raw.endswith("]")):
        return frozenset()
    return frozenset(raw[1:-1].split(" ")) - {""}


def _claims(event: Mapping[str, Any]) -> Mapping[str, Any]:
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    jwt = authorizer.get("jwt") or {}
    return jwt.get("claims") or {}
