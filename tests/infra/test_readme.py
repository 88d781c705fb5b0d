"""What can be deployed and set is documented."""

from pathlib import Path

import pytest

from infra.fleet import FLEET
from infra.settings import OF_THE_STACK

README = Path(__file__).resolve().parents[2] / "README.md"
SETTINGS = sorted({name for plan in FLEET for name in plan.settings}.union(OF_THE_STACK))


@pytest.mark.parametrize("name", [plan.name for plan in FLEET])
def test_a_lambda_appears_in_the_readme(name: str) -> None:
    assert f"functions/{name}" in README.read_text()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_the_deployment_appears_in_the_readme(name: str) -> None:
    assert f"FLYWHEEL_{name}" in README.read_text()
