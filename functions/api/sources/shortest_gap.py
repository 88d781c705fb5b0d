"""How often a schedule runs at its busiest."""

from datetime import timedelta
from itertools import pairwise

from functions.shared.kernel.schedules.cron import Cron
from functions.shared.kernel.schedules.expression import Expression, Rate

_DAY = timedelta(days=1)


def shortest_gap(expression: Expression) -> timedelta:
    """The least time between two runs on the same day, or across midnight; a day when it runs once a day or less.

    Every two days count as following each other, and clock changes are left out.
    """
    rule = expression.rule
    return rule.every if isinstance(rule, Rate) else _of_cron(rule)


def _of_cron(cron: Cron) -> timedelta:
    times = [timedelta(hours=hour, minutes=minute) for hour in cron.hours for minute in cron.minutes]
    return min(later - earlier for earlier, later in pairwise([*times, times[0] + _DAY]))
