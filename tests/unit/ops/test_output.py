"""What commands print to stdout, which scripts read."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import click
from functions.shared.kernel.log import log
from ops import cli

@cli.flywheel.command("probe")
def probe():
    log.info("of no interest here", action="probed")
    log.warning("of interest", action="probed")
    click.echo("[]")

cli.main()
"""


def test_the_products_log_stays_out_of_what_commands_print() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "probe"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
    assert "of interest" in done.stderr
    assert "of no interest" not in done.stderr
