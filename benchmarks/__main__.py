"""`make bench`: every figure this project promises, measured in one run."""

import os

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",  # noqa: S106 - moto takes any
    POWERTOOLS_LOG_LEVEL="CRITICAL",
    POWERTOOLS_TRACE_DISABLED="true",
)

from rich.console import Console
from rich.table import Table

from benchmarks import cold_import, job_cost


def main() -> None:
    """Print one table a bench."""
    console = Console()
    for title, bench in (("Cost of a job", job_cost), ("Cold import of each Lambda", cold_import)):
        table = Table("figure", "measured", "limit or detail", title=title, title_justify="left")
        for row in bench.report():
            table.add_row(*row)
        console.print(table)


if __name__ == "__main__":
    main()
