"""`make bench`: every figure this project promises, measured in one run; `make bench ARGS=job-cost` is one of them."""

import argparse
import os
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO

from rich.console import Console
from rich.table import Table

BENCHES = {
    "job-cost": "What a job costs in AWS calls and write units",
    "wings-cost": "What reading an unchanged source and counting posts cost in AWS calls",
    "choosing": "Processor time of choosing context for a text",
    "reading": "Time and memory of the child processes that read what strangers send",
    "overhead": "Processor time of the engine",
    "memory": "Memory of a warm worker",
    "backlog": "A backlog of 100,000 jobs, and what the reconciler reads",
    "cold-import": "Cold import of each Lambda",
    "crash-sweep": "A crash before and after every call",
    "engine-backlog": "A backlog of 5,000 jobs on the embedded engine",
    "engine-speed": "Jobs and requests on the embedded engine, against Lambdas that do nothing",
}
# Run only by name: they take minutes.
_ON_REQUEST = ("engine-backlog", "engine-speed")


def main() -> None:
    """Print one table a bench."""
    parser = argparse.ArgumentParser(prog="make bench", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.epilog = "\n".join(f"{name:12} {title}" for name, title in BENCHES.items())
    parser.add_argument(
        "bench",
        nargs="*",
        choices=[[], "all", *BENCHES],
        help="which to run (default: all but engine-backlog and engine-speed)",
    )
    chosen = parser.parse_args().bench
    _prepare()
    usual = [name for name in BENCHES if name not in _ON_REQUEST]
    for name in chosen if chosen and "all" not in chosen else usual:
        _show(name)


def _prepare() -> None:
    """Never the developer's own account; no log lines between the tables. Before boto3 and Powertools are imported."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.update(
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",  # noqa: S106 - moto takes any
        AWS_EC2_METADATA_DISABLED="true",
        POWERTOOLS_LOG_LEVEL="CRITICAL",
        POWERTOOLS_TRACE_DISABLED="true",
    )


def _show(name: str) -> None:
    bench = import_module(f"benchmarks.{name.replace('-', '_')}")
    table = Table("figure", "measured", "limit or detail", title=BENCHES[name], title_justify="left")
    with redirect_stdout(StringIO()):  # metrics are lines on it
        rows = bench.report()
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
