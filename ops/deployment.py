"""One deployment on the embedded engine: where it lives, its port, and the settings given to it."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from ops.errors import OpsError
from ops.tools import REPOSITORY

REGION = "us-east-1"
ACCOUNT = "000000000000"
ACCESS_KEY = "test"  # the engine takes this key, with itself as the secret, for its account's root user
STACK = "Flywheel"
DEFAULT_PORT = 4566
LOCAL = REPOSITORY / ".local"
PREFIX = "FLYWHEEL_"
_SECRETS = ("FLYWHEEL_OPENAI_API_KEY", "FLYWHEEL_X_CLIENT_ID", "FLYWHEEL_X_CLIENT_SECRET")
_NOT_FOR_THE_STACK = ("FLYWHEEL_PORT", "FLYWHEEL_DEMO_PAGE", "FLYWHEEL_DEMO_FEED", "FLYWHEEL_OUTPUTS", *_SECRETS)


@dataclass(frozen=True)
class Deployment:
    """Everything it writes lies under `root`; the engine listens on 127.0.0.1:`port`.

    Only what the engine unpacks of its Lambdas, some 40 MB for each worker, is in `scratch` if that is given.

    `settings` are `FLYWHEEL_*` variables for the stack. `openai_api_key` and `x_app`, which has `client_id` and perhaps
    `client_secret`, go into the stack's secrets and nowhere else.
    """

    root: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    openai_api_key: str | None = field(default=None, repr=False)
    x_app: Mapping[str, str] = field(default_factory=dict, repr=False)
    scratch: Path | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str], root: Path = LOCAL) -> Self:
        """The deployment of this clone; without FLYWHEEL_PORT, on 4566. Raises OpsError when the port is none."""
        given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
        return cls(
            root=root,
            port=_port(given.get("FLYWHEEL_PORT", str(DEFAULT_PORT))),
            settings={name: value for name, value in given.items() if name not in _NOT_FOR_THE_STACK},
            openai_api_key=given.get("FLYWHEEL_OPENAI_API_KEY"),
            x_app=_x_app(given),
        )

    @property
    def endpoint_url(self) -> str:
        """Where the engine answers as AWS."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stack_name(self) -> str:
        """What the stack is called on the engine."""
        return self.settings.get("FLYWHEEL_STACK_NAME", STACK)

    @property
    def outputs_file(self) -> Path:
        """What users script against: addresses, names and tokens."""
        return self.root / "outputs.json"

    @property
    def users_file(self) -> Path:
        """The generated passwords, by e-mail address."""
        return self.root / "users.json"

    def log(self, name: str) -> Path:
        """The log of one tool or of the engine."""
        return self.root / "log" / f"{name}.log"

    def outputs(self) -> dict[str, Any]:
        """What the last `make up` wrote. Raises OpsError when there was none."""
        if not self.outputs_file.exists():
            raise OpsError("Flywheel is not deployed here yet. Run `make up`.")
        loaded: dict[str, Any] = json.loads(self.outputs_file.read_text())
        return loaded

    def aws_environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """`environ` without the operator's own AWS account, pointed at the engine."""
        cleared = {name: value for name, value in environ.items() if not name.startswith(("AWS_", PREFIX, "CDK_"))}
        kept = {name: environ[name] for name in ("AWS_CA_BUNDLE",) if name in environ}
        return {
            **cleared,
            **kept,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": without_proxy(environ),
            "no_proxy": without_proxy(environ),
        }


def without_proxy(environ: Mapping[str, str]) -> str:
    """The operator's list of hosts that need no proxy, and this machine."""
    given = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    return ",".join(filter(None, (given, "localhost", "127.0.0.1")))


def write_private(path: Path, content: Any) -> None:
    """Replace a JSON file that only its owner may read, never leaving a half-written one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    fresh.replace(path)


def _x_app(given: Mapping[str, str]) -> dict[str, str]:
    names = {"client_id": "FLYWHEEL_X_CLIENT_ID", "client_secret": "FLYWHEEL_X_CLIENT_SECRET"}
    app = {name: given[variable] for name, variable in names.items() if variable in given}
    if app and "client_id" not in app:
        raise OpsError("FLYWHEEL_X_CLIENT_SECRET is given without FLYWHEEL_X_CLIENT_ID; X's developer portal has both.")
    return app


def _port(text: str) -> int:
    if re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= 65535:
        return int(text)
    raise OpsError(f"FLYWHEEL_PORT is {text!r}; it must be a port number from 1 to 65535.")
