"""An update over several releases goes to its indexes by steps."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.table_indexes import indexes_of, too_many_at_once
from tests.infra.conftest import Synthesis, synthesise

CONTENT = "StorageContentMetadata00CF0561"


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """From a stack whose content had one index and whose metrics did not exist."""
    folder = tmp_path_factory.mktemp("step")
    deployed = folder / "deployed.json"
    deployed.write_text(json.dumps({"Resources": {CONTENT: table("family")}}))
    return synthesise(folder / "out", FLYWHEEL_DEPLOYED_TEMPLATE=str(deployed))


def table(*indexes: str) -> dict[str, Any]:
    found = [{"IndexName": index} for index in indexes]
    return {"Type": "AWS::DynamoDB::Table", "Properties": {"GlobalSecondaryIndexes": found}}


def test_a_step_makes_one_index_of_each_deployed_table_and_all_of_a_new_one(step: Synthesis) -> None:
    assert step.exit_code == 0, step.output
    indexes = indexes_of(step.template.body)
    assert too_many_at_once({CONTENT: ["family"]}, indexes) == {}
    assert indexes[CONTENT] == ["family", "publications"]
    assert len(indexes["StorageJobs4C7573CB"]) == 4
    assert f"{CONTENT}.published" in step.output


def test_a_step_defines_the_keys_of_its_indexes_and_no_others(step: Synthesis) -> None:
    properties = step.template.body["Resources"][CONTENT]["Properties"]
    used = {key["AttributeName"] for index in properties["GlobalSecondaryIndexes"] for key in index["KeySchema"]}
    used |= {key["AttributeName"] for key in properties["KeySchema"]}
    assert {each["AttributeName"] for each in properties["AttributeDefinitions"]} == used


def test_what_is_no_template_is_refused_with_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("[]")
    for named in ("missing.json", "no.json"):
        done = synthesise(tmp_path / "out", FLYWHEEL_DEPLOYED_TEMPLATE=str(tmp_path / named))
        assert done.exit_code == 1
        assert "get-template" in done.output
        assert "Traceback" not in done.output
