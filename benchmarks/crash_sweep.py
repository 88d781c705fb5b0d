"""A crash before and after every call to the outside: what was lost, done twice or stuck in the end."""

from tests.functional import test_crash_sweep as scenarios
from tests.functional.analytics import test_crashes as counting
from tests.functional.scraper import test_crashes as reading
from tests.functional.social_poster import test_renewal_while_posting as renewing
from tests.support.sweep import Duplicated, Lost, Stuck, survey

SCENARIOS = {
    "work submitted through the API": scenarios.submit_through_the_api,
    "a post": scenarios.post_a_page,
    "a tick that makes two pages and posts": scenarios.run_the_generator,
    "a tick that reads two sources": reading.read_two_sources,
    "a document": reading.read_a_document,
    "a tick that counts the posts of two accounts": counting.read_two_accounts,
    "two posts that wait for a token's renewal": renewing.post_two_variants,
    "counts that wait for a token's renewal": renewing.count_two_posts,
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
