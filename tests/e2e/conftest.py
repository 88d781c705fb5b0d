"""Deployments on an embedded engine of their own, beside whatever else runs on this machine."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping

import pytest
from rich.console import Console

from ops.deployment import Deployment
from ops.engine import Engine
from ops.progress import Steps
from ops.tools import REPOSITORY
from ops.up import bring_up
from tests.e2e.assembly import shared_synthesis
from tests.e2e.world import World, wait_for
from tests.support.standins.x import XStandIn

# The product's timing, made short. Markets come from the bundled sample: nothing listens on the discard port.
QUICK = {
    "FLYWHEEL_RETRY_DELAYS": "1,2,3",
    "FLYWHEEL_CIRCUIT_PAUSE_SECONDS": "3",
    "FLYWHEEL_LEASE_SECONDS": "6",
    "FLYWHEEL_HEARTBEAT_SECONDS": "1",
    "FLYWHEEL_DISPATCH_GRACE_SECONDS": "2",
    "FLYWHEEL_REDISPATCH_AFTER_SECONDS": "20",
    "FLYWHEEL_POLYMARKET_BASE_URL": "http://127.0.0.1:9",
    "FLYWHEEL_LEARNING_AGE_HOURS": "0",
}
X_APP = {"client_id": "client-1", "client_secret": "client-secret-1"}

DeployWith = Callable[[Mapping[str, str]], World]


@pytest.fixture(scope="session")
def deploy_with(request: pytest.FixtureRequest) -> Iterator[DeployWith]:
    """Bring up a deployment with these `FLYWHEEL_*` settings; it is stopped at the end of the session.

    When a test failed, its folder under `.local/e2e` with every log stays.
    """
    worlds: list[World] = []
    synthesise = shared_synthesis(REPOSITORY / ".local" / "e2e" / "synthesis")

    def deploy(settings: Mapping[str, str]) -> World:
        port = free_port()
        deployment = Deployment(
            root=REPOSITORY / ".local" / "e2e" / str(port), port=port, settings=settings, x_app=X_APP
        )
        shutil.rmtree(deployment.root, ignore_errors=True)
        with Steps(Console(width=120)) as steps:
            outputs = bring_up(deployment, steps, environ=os.environ, synthesise=synthesise)
        worlds.append(World(deployment, outputs))
        return worlds[-1]

    yield deploy
    for world in worlds:
        world.close()
        tear_down(world.deployment, keep=bool(request.session.testsfailed))


@pytest.fixture(scope="session")
def shared_x() -> Iterator[XStandIn]:
    """What the shared deployment takes for X; its users are told apart by their ids."""
    with XStandIn() as x:
        yield x


@pytest.fixture(scope="session")
def world(deploy_with: DeployWith, shared_x: XStandIn) -> World:
    """The deployment that tests share: quick retries, the offline writer, posts on preview or on the stand-in for X."""
    return deploy_with(QUICK | {"FLYWHEEL_X_API_BASE_URL": shared_x.base_url})


@pytest.fixture(autouse=True)
def _without_newcomers(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("world").retire_newcomers()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def group_exists(group: int) -> bool:
    """Whether any process of this process group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def tear_down(deployment: Deployment, *, keep: bool) -> None:
    """Stop the engine and make sure that nothing of it is left."""
    engine = Engine(deployment)
    running = engine.running()
    assert running is not None, f"the engine ended by itself; see {engine.log}"
    assert engine.stop(), f"the engine had to be killed; see {engine.log}"
    wait_for(lambda: not group_exists(running.pid), timeout=10)
    if not keep:
        shutil.rmtree(deployment.root)
