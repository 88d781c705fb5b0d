"""`make costs`: writes docs/costs.md."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "costs.md"


def main() -> None:
    """Synthesise the stack as it is without a setting, and write the page."""
    os.environ.update(
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",  # noqa: S106
    )
    from benchmarks.bill.page import page  # noqa: PLC0415 - boto3 reads the environment as it is imported

    PAGE.write_text(page(_template()))
    sys.stderr.write(f"written: {PAGE.relative_to(ROOT)}\n")


def _template() -> dict[str, object]:
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:bundling-stacks": []}
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FLYWHEEL_")}
        environ = kept | {"CDK_OUTDIR": folder, "CDK_CONTEXT_JSON": json.dumps(context)}
        done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environ, check=False)
        if done.returncode:
            sys.exit("the stack could not be synthesised: see above")
        template: dict[str, object] = json.loads((Path(folder) / "Flywheel.template.json").read_text())
        return template


if __name__ == "__main__":
    main()
