"""A deployment on an embedded engine of its own, for as long as a bench runs."""

import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from ops.aws import Aws
from ops.deployment import Deployment
from ops.engine import Engine
from ops.progress import Steps
from ops.tools import REPOSITORY
from ops.up import bring_up


@dataclass(frozen=True)
class Embedded:
    """Its outputs, and clients of its engine."""

    outputs: Mapping[str, Any]
    aws: Aws


@contextmanager
def embedded() -> Iterator[Embedded]:
    """Bring a deployment up on a free port, and remove it afterwards."""
    port = _free_port()
    deployment = Deployment(root=REPOSITORY / ".local" / "bench" / str(port), port=port)
    shutil.rmtree(deployment.root, ignore_errors=True)
    try:
        with Steps(Console(file=sys.stderr)) as steps:
            outputs = bring_up(deployment, steps, environ=os.environ)
        with Aws(deployment) as aws:
            yield Embedded(outputs, aws)
    finally:
        Engine(deployment).stop()
        shutil.rmtree(deployment.root, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
