from datetime import timedelta

import pytest

from tests.support.analytics_services import a_published_post, an_account
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.read_posts import read


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    driver = make_driver(clock)
    driver.accounts.put(an_account())
    return driver


@pytest.fixture
def posts(api: Driver, clock: ManualClock) -> None:
    """Two questions and a piece of news of this week, and a question of a month ago."""
    at = clock() - timedelta(days=3)
    read(api, a_published_post(at, 1, style="question", hashtags=("Tea",)), likes=6, impressions=200)
    read(api, a_published_post(at, 2, style="question", hashtags=("Tea", "Milk")), likes=4, impressions=300)
    read(api, a_published_post(at + timedelta(hours=5), 3, style="news", hashtags=()), likes=2, impressions=100)
    read(api, a_published_post(at - timedelta(days=28), 4, style="question"), likes=90, impressions=100)


@pytest.mark.usefixtures("posts")
@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("style", [("question", 2, 10), ("news", 1, 2)]),
        ("topic", [("tea", 2, 10), ("milk", 1, 4)]),
        ("hour", [("05", 2, 10), ("10", 1, 2)]),
    ],
)
def test_what_posts_gained_is_put_side_by_side(api: Driver, by: str, expected: list[tuple[str, int, int]]) -> None:
    found = api("GET", "/api/analytics/breakdown", query={"by": by, "period": "7d"}).json
    assert [(row["value"], row["posts"], row["engagements"]) for row in found["items"]] == expected
    head = {name: found[name] for name in ("by", "period", "first_day", "last_day", "left_out")}
    assert head == {"by": by, "period": "7d", "first_day": "2026-11-16", "last_day": "2026-11-22", "left_out": 0}


@pytest.mark.usefixtures("posts")
def test_a_row_has_the_figures_of_its_posts_and_longer_periods_have_more(api: Driver) -> None:
    (row, _) = api("GET", "/api/analytics/breakdown", query={"by": "style", "period": "7d"}).json["items"]
    assert row == {
        "value": "question", "posts": 2, "likes": 10, "comments": 0, "shares": 0, "engagements": 10,
        "impressions": 500, "rate": 0.02,
    }  # fmt: skip
    longer = api("GET", "/api/analytics/breakdown", query={"by": "style", "period": "90d"}).json["items"]
    assert longer[0]["posts"] == 3
    assert api("GET", "/api/analytics/breakdown", query={"by": "style"}, claims=RIVAL).json["items"] == []


def test_of_very_many_topics_those_that_gained_most_are_shown(api: Driver, clock: ManualClock) -> None:
    for number in range(103):
        post = a_published_post(clock() - timedelta(days=3), number, hashtags=(f"Topic{number:03}",))
        read(api, post, likes=number, impressions=1000)
    found = api("GET", "/api/analytics/breakdown", query={"by": "topic"}).json
    assert [row["value"] for row in found["items"]] == [f"topic{number:03}" for number in range(102, 2, -1)]
    assert found["left_out"] == 3


@pytest.mark.parametrize(
    ("query", "field"), [({}, "by"), ({"by": "mood"}, "by"), ({"by": "style", "period": "8d"}, "period")]
)
def test_an_unknown_question_is_refused(api: Driver, query: dict[str, str], field: str) -> None:
    answer = api("GET", "/api/analytics/breakdown", query=query)
    assert (answer.status, answer.fields) == (422, [field])
