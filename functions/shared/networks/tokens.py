"""What is done with tokens and app credentials alike, whatever network they are for."""

import hashlib
from collections.abc import Mapping

from functions.shared.kernel.secrets.store import SecretStore
from functions.shared.networks.port import App, AppUnusable


def fingerprint(token: str) -> str:
    """Tells tokens apart without giving them away."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def usable(token: str | None) -> str | None:
    """The token, if it can be sent in a header."""
    return token if token and all("!" <= character <= "~" for character in token) else None


def read_app(secrets: SecretStore, secret_id: str | None, *, network: str, portal: str, setting: str) -> App:
    """The deployment's app at a network, as its credentials are now. AppUnusable tells how to set them.

    `portal` is where the operator makes an app; `setting` names the secret that holds its credentials.
    """
    values: Mapping[str, str] = secrets.get(secret_id) if secret_id else {}
    client_id, client_secret = values.get("client_id", "").strip(), values.get("client_secret", "").strip()
    if not client_id:
        where = f"the secret {secret_id}" if secret_id else f"a secret, and name that in {setting}"
        raise AppUnusable(
            f"this deployment has no app at {network}: its operator must make one at {portal} and put its"
            f' {{"client_id": "...", "client_secret": "..."}} into {where}'
        )
    return App(client_id, client_secret or None)
