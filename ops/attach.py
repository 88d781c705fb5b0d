"""Finds the deployment a command is about, and keeps two commands from working on it at once."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ops.deployment import LOCAL, Deployment
from ops.engine import Engine
from ops.errors import OpsError


def running_deployment(environ: Mapping[str, str] = os.environ, root: Path = LOCAL) -> Deployment:
    """The deployment of this clone, on the port its engine has. Raises OpsError when the engine is down."""
    deployment = Deployment.from_env(environ, root)
    running = Engine(deployment, environ).running()
    if running is None:
        raise OpsError("Flywheel is not running. Start it with `make up`.")
    return replace(deployment, port=running.port)


@contextmanager
def exclusively(deployment: Deployment) -> Iterator[None]:
    """Hold the deployment for one command. Raises OpsError when another holds it."""
    deployment.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (deployment.root / "command.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OpsError("Another flywheel command is at work in this clone. Wait until it has ended.") from None
        yield
