"""Deployments on an embedded engine of their own, beside whatever else runs on this machine."""

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from rich.console import Console

from ops.deployment import Deployment
from ops.engine import Engine
from ops.listener import is_free
from ops.progress import Steps
from ops.tools import REPOSITORY
from ops.up import bring_up
from tests.e2e.assembly import shared_synthesis
from tests.e2e.at_rest import bring_to_rest
from tests.e2e.world import World, wait_for
from tests.support.standins.openai_api import ModelAbout, OpenAiStandIn
from tests.support.standins.x import XStandIn

# The product's timing, made short; but not the lease: a worker that a busy machine keeps waiting is not to be given up.
# Markets come from the bundled sample: nothing listens on the discard port.
QUICK = {
    "FLYWHEEL_RETRY_DELAYS": "1,2,3",
    "FLYWHEEL_CIRCUIT_PAUSE_SECONDS": "3",
    "FLYWHEEL_CIRCUIT_LONGEST_PAUSE_SECONDS": "24",
    "FLYWHEEL_LEASE_SECONDS": "30",
    "FLYWHEEL_HEARTBEAT_SECONDS": "1",
    "FLYWHEEL_DISPATCH_GRACE_SECONDS": "2",
    "FLYWHEEL_REDISPATCH_AFTER_SECONDS": "20",
    "FLYWHEEL_POLYMARKET_BASE_URL": "http://127.0.0.1:9",
    "FLYWHEEL_LEARNING_AGE_HOURS": "0",
}
X_APP = {"client_id": "client-1", "client_secret": "client-secret-1"}

# Below those that Linux gives to whoever asks for any: the engine is stopped and started again on its port meanwhile.
PORTS = range(20_000, 30_000)

# For a test with what it waits for first: deploying takes minutes on a machine with much else to do.
TEST_SECONDS = 1800

# The workers of all Lambdas together unpack up to 2 GB.
MEMORY = Path("/dev/shm")  # noqa: S108 - only a folder of our own making is used
MEMORY_BYTES = 4 * 2**30

DeployWith = Callable[[Mapping[str, str]], World]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of this folder its time; it waits for conditions, which say what did not come true."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.fixture(scope="session")
def deploy_with(request: pytest.FixtureRequest) -> Iterator[DeployWith]:
    """Bring up a deployment with these `FLYWHEEL_*` settings; it is stopped at the end of the session.

    When a test failed, its folder under `.local/e2e` with every log stays.
    """
    worlds: list[World] = []
    synthesise = shared_synthesis(REPOSITORY / ".local" / "e2e" / "synthesis")

    def deploy(settings: Mapping[str, str]) -> World:
        port = free_port()
        root = REPOSITORY / ".local" / "e2e" / str(port)
        deployment = Deployment(root=root, port=port, settings=settings, x_app=X_APP, scratch=folder_in_memory())
        shutil.rmtree(deployment.root, ignore_errors=True)
        try:
            with Steps(Console(width=120)) as steps:
                outputs = bring_up(deployment, steps, environ=os.environ, synthesise=synthesise)
            worlds.append(World(deployment, outputs))
        except BaseException:
            stop(deployment)
            raise
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


@pytest.fixture
def model_about() -> Iterator[ModelAbout]:
    """The stand-in for the language model, for a test whose jobs ask about a topic of its own."""
    with ExitStack() as servers:
        yield lambda topic: servers.enter_context(OpenAiStandIn(about=topic))


@pytest.fixture(autouse=True)
def _at_rest_in_the_end(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "world" in request.fixturenames:
        bring_to_rest(request.getfixturevalue("world"))


def free_port() -> int:
    """A port nobody listens on."""
    return next(port for port in random.SystemRandom().sample(PORTS, k=len(PORTS)) if is_free(port))


def group_exists(group: int) -> bool:
    """Whether any process of this process group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def folder_in_memory() -> Path | None:
    """A new folder in memory, where Lambdas are unpacked in a fifth of the time; None where there is little of it."""
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return None
    if found.f_bavail * found.f_frsize < MEMORY_BYTES or found.f_flag & os.ST_NOEXEC:
        return None
    return Path(tempfile.mkdtemp(prefix="flywheel-e2e-", dir=MEMORY))


def stop(deployment: Deployment) -> bool:
    """Stop the engine if it runs; True unless it had to be killed."""
    try:
        return Engine(deployment).stop()
    finally:
        if deployment.scratch is not None:
            shutil.rmtree(deployment.scratch, ignore_errors=True)


def tear_down(deployment: Deployment, *, keep: bool) -> None:
    """Stop the engine and make sure that nothing of it is left."""
    engine = Engine(deployment)
    running = engine.running()
    assert running is not None, f"the engine ended by itself; see {engine.log}"
    assert stop(deployment), f"the engine had to be killed; see {engine.log}"
    wait_for(lambda: not group_exists(running.pid))
    if not keep:
        shutil.rmtree(deployment.root)
