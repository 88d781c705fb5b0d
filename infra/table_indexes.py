"""The tables' indexes as they are deployed, for DynamoDB changes one of a table in one update.

    python -m infra.table_indexes cdk.out/Flywheel.template.json

writes infra/table_indexes.json from a template that was deployed (aws-cdk issue 14920).
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.refused import SettingsError

SETTING = "FLYWHEEL_DEPLOYED_TEMPLATE"
RECORD = Path(__file__).with_name("table_indexes.json")

Indexes = Mapping[str, list[str]]


def indexes_of(template: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of each table's indexes, by the table's logical id."""
    return {
        name: sorted(index["IndexName"] for index in resource["Properties"].get("GlobalSecondaryIndexes", []))
        for name, resource in sorted(template["Resources"].items())
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def too_many_at_once(deployed: Indexes, planned: Indexes) -> dict[str, list[str]]:
    """The tables of which one update would create or delete several indexes, with those. New tables may have any."""
    changed = {table: set(indexes) ^ set(planned.get(table, indexes)) for table, indexes in deployed.items()}
    return {table: sorted(indexes) for table, indexes in changed.items() if len(indexes) > 1}


def read_deployed(given: Mapping[str, str]) -> dict[str, list[str]] | None:
    """The indexes of each table of the template that the setting names; None without it. SettingsError."""
    named = given.get(SETTING)
    if named is None:
        return None
    try:
        return indexes_of(json.loads(Path(named).read_text()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{SETTING} is {named!r}, which is no template in JSON ({type(error).__name__}); "
            "write the deployed one there: "
            "aws cloudformation get-template --stack-name Flywheel --query TemplateBody --output json"
        ) from None


def main() -> None:
    """Write the record from the template that is named."""
    if len(sys.argv) != 2:
        sys.exit("name the template that was deployed, as cdk.out/Flywheel.template.json")
    template = json.loads(Path(sys.argv[1]).read_text())
    RECORD.write_text(json.dumps(indexes_of(template), indent=2) + "\n")


if __name__ == "__main__":
    main()
