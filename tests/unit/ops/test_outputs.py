import json
from pathlib import Path

import pytest

from ops.deployment import Deployment
from ops.errors import OpsError
from ops.outputs import NAMES, StackOutputs, describe

OUTPUTS = {
    **dict.fromkeys(NAMES, "some"),
    "ApiUrl": "http://abcd1234.execute-api.localhost:4566",
    "SiteUrl": "http://127.0.0.1:4700/bucket",
    "Queues": json.dumps({"pages": "http://localhost:4566/000000000000/Flywheel-pages"}),
    "Tables": json.dumps({"jobs": "Flywheel-Jobs"}),
    "Functions": json.dumps({"api": "Flywheel-Api"}),
}


def test_the_outputs_file_has_exactly_the_keys_that_users_script_against(tmp_path: Path) -> None:
    described = describe(
        StackOutputs.parse(OUTPUTS),
        Deployment(tmp_path, 4700),
        tokens={"operator_token": "operator's", "admin_token": "admin's", "user_token": "user's"},
        login=("admin@flywheel.example", "secret"),
    )

    assert described == {
        "api_url": "http://127.0.0.1:4700/_aws/execute-api/abcd1234",
        "site_url": "http://127.0.0.1:4700/bucket",
        "console_url": None,
        "console_login": {"user": "admin@flywheel.example", "password": "secret"},
        "operator_token": "operator's",
        "admin_token": "admin's",
        "user_token": "user's",
        "queues": {"pages": "http://127.0.0.1:4700/000000000000/Flywheel-pages"},
        "tables": {"jobs": "Flywheel-Jobs"},
        "functions": {"api": "Flywheel-Api"},
        "endpoint_url": "http://127.0.0.1:4700",
    }


def test_a_missing_output_is_named() -> None:
    with pytest.raises(OpsError, match="no output ApiUrl, Queues"):
        StackOutputs.parse({name: OUTPUTS[name] for name in NAMES if name not in ("ApiUrl", "Queues")})
