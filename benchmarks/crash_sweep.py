"""A crash before and after every call to the outside: what was lost, done twice or stuck in the end."""

from tests.functional import test_crash_sweep as scenarios
from tests.sweep import Duplicated, Lost, Stuck, survey

SCENARIOS = {
    "work submitted through the API": scenarios.submit_through_the_api,
    "a post": scenarios.post_a_page,
    "a tick that makes two pages and posts": scenarios.run_the_generator,
}


def report() -> list[tuple[str, str, str]]:
    """Rows of scenario, points, and what was wrong after a crash at any of them."""
    rows = []
    for name, scenario in SCENARIOS.items():
        found = survey(scenario)
        harms = {kind.__name__.lower(): found.count(kind) for kind in (Lost, Duplicated, Stuck)}
        harms["otherwise wrong"] = len(found.wrong) - sum(harms.values())
        rows.append((name, f"{found.points} crashes", ", ".join(f"{harm} {count}" for harm, count in harms.items())))
    return rows
