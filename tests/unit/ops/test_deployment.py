import stat
from pathlib import Path

import pytest

from ops.deployment import Deployment, write_private
from ops.errors import OpsError


def test_without_settings_the_engine_is_on_4566_and_the_stack_has_its_defaults() -> None:
    deployment = Deployment.from_env({"HOME": "/root"})

    assert deployment.endpoint_url == "http://127.0.0.1:4566"
    assert deployment.settings == {}
    assert deployment.openai_api_key is None


def test_settings_reach_the_stack_except_the_port_and_the_api_key() -> None:
    environ = {
        "FLYWHEEL_PORT": "4700",
        "FLYWHEEL_OPENAI_API_KEY": "sk",
        "FLYWHEEL_X_API_BASE_URL": "u",
        "FLYWHEEL_Y": "",
    }

    deployment = Deployment.from_env(environ)

    assert deployment.port == 4700
    assert deployment.settings == {"FLYWHEEL_X_API_BASE_URL": "u"}
    assert deployment.openai_api_key == "sk"
    assert "sk" not in repr(deployment)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "4566 ", "٤"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(OpsError, match="port number"):
        Deployment.from_env({"FLYWHEEL_PORT": port})


def test_the_operators_own_aws_account_is_out_of_reach(tmp_path: Path) -> None:
    mine = {"AWS_PROFILE": "mine", "AWS_ACCESS_KEY_ID": "AKIA", "FLYWHEEL_X": "1", "CDK_OUTDIR": "x", "PATH": "/bin"}

    environ = Deployment(tmp_path, 4700).aws_environ({**mine, "no_proxy": "intranet", "AWS_CA_BUNDLE": "ca.pem"})

    assert environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4700"
    assert environ["AWS_ACCESS_KEY_ID"] == "test"
    assert environ["NO_PROXY"] == "intranet,localhost,127.0.0.1"
    assert environ["AWS_CA_BUNDLE"] == "ca.pem"
    assert not {"AWS_PROFILE", "FLYWHEEL_X", "CDK_OUTDIR"} & environ.keys()


def test_outputs_before_the_first_up_are_asked_for_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="make up"):
        Deployment(tmp_path, 4700).outputs()


def test_private_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "users.json"

    write_private(path, {"a": 1})
    write_private(path, {"a": 2})

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == '{\n  "a": 2\n}\n'
    assert [each.name for each in path.parent.iterdir()] == ["users.json"]


def test_the_stack_on_the_engine_is_called_as_it_is_set(tmp_path: Path) -> None:
    assert Deployment(tmp_path, 4700).stack_name == "Flywheel"
    assert Deployment(tmp_path, 4700, settings={"FLYWHEEL_STACK_NAME": "Acme"}).stack_name == "Acme"
