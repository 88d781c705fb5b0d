"""Other people's rules: cdk-nag's AwsSolutions, which app.py applies, and cfn-lint."""

import json
import subprocess
import sys
from pathlib import Path

from tests.infra.conftest import Synthesis, synthesise


def test_the_stack_synthesises_offline_without_credentials_and_cdk_nag_finds_nothing(synthesis: Synthesis) -> None:
    assert synthesis.exit_code == 0, synthesis.output


def test_a_setting_that_cannot_be_ends_the_synthesis_with_one_sentence(tmp_path: Path) -> None:
    refused = synthesise(tmp_path, FLYWHEEL_STAGE="staging")

    assert refused.exit_code == 1
    assert refused.output.strip() == "FLYWHEEL_STAGE is 'staging'; it can be dev or prod."


def test_every_accepted_finding_has_a_reason(synthesis: Synthesis) -> None:
    notes = json.loads((synthesis.directory / "Flywheel.metadata.json").read_text())
    accepted = [
        rule
        for entries in notes.values()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for rule in entry["data"].items()
    ]

    assert accepted
    assert [rule for rule, reason in accepted if len(reason) < 20] == []


def test_cfn_lint_finds_nothing(synthesis: Synthesis) -> None:
    # W3005: the CDK orders a Lambda after its role twice, by a reference and by DependsOn.
    linter = Path(sys.executable).parent / "cfn-lint"
    command = [str(linter), "--ignore-checks", "W3005", "--", str(synthesis.template_file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
