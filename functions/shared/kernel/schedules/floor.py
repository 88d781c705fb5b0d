"""The floor of what is paid: how close two runs of a schedule whose jobs cost money may come. Decision 0035."""

from datetime import timedelta

from functions.shared.kernel.jobs.kinds import Kinds
from functions.shared.kernel.schedules.expression import parse_expression
from functions.shared.kernel.schedules.model import Schedule
from functions.shared.kernel.schedules.too_close import too_close

PAID_FLOOR = timedelta(minutes=15)


def too_often(schedule: Schedule, kinds: Kinds) -> str | None:
    """Why a schedule would cost too much, and what to do; None for one that may be."""
    if not _is_paid(schedule, kinds):
        return None
    rule = parse_expression(schedule.cron)
    gap = too_close(rule, schedule.timezone, after=schedule.revised_at, floor=PAID_FLOOR)
    if gap is None:
        return None
    return (
        f"has two runs {_minutes(gap)} apart; a {schedule.type} is paid for and runs at most every "
        f"{_minutes(PAID_FLOOR)}: write for example `rate(15 minutes)`, `rate(6 hours)` or `cron(0 9 * * ? *)`"
    )


def too_soon(schedule: Schedule, after: timedelta, kinds: Kinds) -> str | None:
    """Why a run comes too soon `after` the run before it, of a schedule that is older than the floor."""
    if not _is_paid(schedule, kinds) or after >= PAID_FLOOR:
        return None
    return f"a {schedule.type} runs at most every {_minutes(PAID_FLOOR)}; give the schedule a cron that is as rare"


def _is_paid(schedule: Schedule, kinds: Kinds) -> bool:
    kind = kinds.get(schedule.type)
    return kind is not None and kind.paid


def _minutes(gap: timedelta) -> str:
    count = int(gap.total_seconds() // 60)
    return "1 minute" if count == 1 else f"{count} minutes"
