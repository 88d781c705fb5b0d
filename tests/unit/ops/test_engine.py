import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.attach import exclusively, running_deployment
from ops.deployment import Deployment
from ops.engine import Engine, Running
from ops.errors import OpsError


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path, 4700)


@pytest.fixture
def held(deployment: Deployment) -> Iterator[None]:
    """As if an engine with our own process id held the lock."""
    record(deployment)
    with (deployment.root / "engine" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def record(deployment: Deployment) -> None:
    home = deployment.root / "engine"
    home.mkdir()
    (home / "running.json").write_text(json.dumps({"pid": os.getpid(), "port": 4711, "enforces_iam": True}))


def test_nothing_runs_in_a_new_folder(deployment: Deployment) -> None:
    assert Engine(deployment).running() is None


@pytest.mark.usefixtures("held")
def test_an_engine_that_holds_the_lock_runs(deployment: Deployment) -> None:
    assert Engine(deployment).running() == Running(pid=os.getpid(), port=4711, enforces_iam=True)


def test_a_process_that_only_has_the_recorded_id_is_left_alone(deployment: Deployment) -> None:
    record(deployment)

    assert Engine(deployment).running() is None
    assert Engine(deployment).stop()


def test_lambdas_inherit_nothing_of_the_operators_shell_but_the_way_to_the_network(deployment: Deployment) -> None:
    shell = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy",
        "AWS_PROFILE": "mine",
        "OPENAI_API_KEY": "sk",
        "PYTHONPATH": "x",
    }

    environ = Engine(deployment, shell).environ(enforce_iam=True)

    assert environ["HTTPS_PROXY"] == "http://proxy"
    assert environ["AUTH"] == "true"
    assert environ["BIND_HOST"] == "127.0.0.1"
    assert not {"AWS_PROFILE", "OPENAI_API_KEY", "PYTHONPATH"} & environ.keys()


def test_everything_the_engine_writes_lies_under_the_root(deployment: Deployment) -> None:
    environ = Engine(deployment, {}).environ(enforce_iam=False)

    for name in ("STATE_DIR", "S3_DATA_DIR", "TMPDIR"):
        assert Path(environ[name]).is_relative_to(deployment.root)


def test_lambdas_are_unpacked_in_the_scratch_folder_of_a_deployment_that_has_one(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, 4700, scratch=tmp_path / "scratch")

    assert Engine(deployment, {}).environ(enforce_iam=False)["TMPDIR"] == str(tmp_path / "scratch")


def test_a_second_command_in_the_same_clone_is_turned_away(deployment: Deployment) -> None:
    with (
        exclusively(deployment),
        pytest.raises(OpsError, match="Another flywheel command"),
        exclusively(deployment),
    ):
        pass


def test_a_command_for_a_stopped_deployment_says_how_to_start_it(deployment: Deployment) -> None:
    with pytest.raises(OpsError, match="make up"):
        running_deployment({}, root=deployment.root)


@pytest.mark.usefixtures("held")
def test_a_command_finds_the_port_the_engine_was_started_on(deployment: Deployment) -> None:
    assert running_deployment({}, root=deployment.root).port == 4711
