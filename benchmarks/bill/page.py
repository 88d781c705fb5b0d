"""docs/costs.md, from a template and from counted runs."""

from collections.abc import Sequence

from benchmarks.bill.parts import Line, Template, jobs, scheduled, standing
from benchmarks.bill.runs import idle_run, job_run
from infra.fleet import FLEET

MOST_IDLE = 10.0
"""Dollars a month that a deployment with nothing to do may cost."""

AMOUNTS = (1_000, 100_000, 1_000_000)

_INTRODUCTION = """# What a deployment costs

Dollars a month in us-east-1 at list price, without any free tier. `make costs` works them out from the synthesised
template and from the calls to AWS that its code makes, and writes this page; a test fails when it is out of date, or
when an idle deployment costs more than ${most:.0f}. What the model, the platforms and the readers cost is not in it.
"""

_JOBS = """## {number:,} jobs a month

Beside what an idle deployment costs. A job is submitted by one call of the API, keeps its worker busy for
five seconds, most of which it waits for a model, and runs once.

"""


def idle(template: Template) -> list[Line]:
    """The lines of a deployment with nothing to do."""
    plans = [(plan.name, plan.timetable) for plan in FLEET if plan.timetable]
    runs = [scheduled(template, name, timetable.expression, idle_run(name)) for name, timetable in plans]
    return [*standing(template), *runs]


def total(lines: Sequence[Line]) -> float:
    """Dollars a month."""
    return sum(line.dollars for line in lines)


def page(template: Template) -> str:
    """The whole page."""
    lines = idle(template)
    parts = [_INTRODUCTION.format(most=MOST_IDLE), "## Idle\n\n" + _table(lines)]
    run = job_run()
    for number in AMOUNTS:
        added = list(jobs(number, run))
        whole = f"Together with an idle deployment's: **${total(added) + total(lines):,.2f}**.\n"
        parts.append(_JOBS.format(number=number) + _table(added) + "\n" + whole)
    return "\n".join(parts)


def _table(lines: Sequence[Line]) -> str:
    rows = [f"| {line.what} | {line.amount} | {line.dollars:,.2f} |" for line in lines]
    return "\n".join(
        ["| what | how much | $ |", "|---|---|---|", *rows, f"| **together** | | **{total(lines):,.2f}** |", ""]
    )
