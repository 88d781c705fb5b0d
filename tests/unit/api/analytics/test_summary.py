from datetime import timedelta
from typing import Any

import pytest

from functions.analytics.count_reading import gone
from functions.api.analytics.routes import NOTHING_LEARNED
from functions.shared.domain.accounts.model import AccountState
from functions.shared.domain.content.model import PostState
from functions.shared.domain.network import Network
from tests.support.analytics_services import a_published_post, an_account
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.contents import a_page, a_post
from tests.support.read_posts import read

PREVIEW = "preview posts are not published on twitter, so they have no metrics"


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    driver = make_driver(clock)
    driver.accounts.put(an_account())
    return driver


def summary(api: Driver, **query: str) -> dict[str, Any]:
    answer = api("GET", "/api/analytics/summary", query=query)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_period_is_compared_with_the_one_before(api: Driver, clock: ManualClock) -> None:
    read(api, a_published_post(clock() - timedelta(days=3), 1), likes=6, impressions=200)
    read(api, a_published_post(clock() - timedelta(days=10), 2), likes=2, impressions=100)
    read(api, a_published_post(clock() - timedelta(days=30), 3), likes=90, impressions=100)
    week = summary(api, period="7d")
    assert (week["period"], week["first_day"], week["last_day"]) == ("7d", "2026-11-16", "2026-11-22")
    assert week["current"] == {
        "posts": 1, "likes": 6, "comments": 0, "shares": 0, "engagements": 6, "impressions": 200, "rate": 0.03
    }  # fmt: skip
    assert (week["before"]["likes"], week["before"]["rate"]) == (2, 0.02)
    assert week["change"] == {
        "posts": 0, "likes": 4, "comments": 0, "shares": 0, "engagements": 4, "impressions": 100, "rate": 0.01
    }  # fmt: skip
    assert [(each["network"], each["current"]["likes"]) for each in week["networks"]] == [("twitter", 6)]


@pytest.mark.parametrize(("likes", "rate"), [(7, 0.0), (30, 1.0)])
def test_the_rate_of_a_period_is_from_0_to_1_also_where_counts_were_taken_back(
    api: Driver, clock: ManualClock, likes: int, rate: float
) -> None:
    post = a_published_post(clock() - timedelta(days=8), 1)
    read(api, post, likes=10, impressions=100, hours=2)
    read(api, post, likes=likes, impressions=104, hours=7 * 24)
    current = summary(api, period="7d")["current"]
    assert (current["likes"], current["rate"]) == (likes - 10, rate)


def test_where_nothing_was_before_there_is_no_difference(api: Driver, clock: ManualClock) -> None:
    read(api, a_published_post(clock() - timedelta(days=3), 1), likes=6, impressions=200)
    assert set(summary(api, period="90d")["change"].values()) == {None}
    nothing = make_driver(clock)
    empty = summary(nothing)
    assert (empty["period"], empty["current"]["likes"], empty["current"]["rate"]) == ("30d", 0, None)
    assert (empty["best"], empty["worst"], empty["networks"], empty["without_metrics"]) == ([], [], [], [])


def test_the_best_and_the_worst_posts_are_named_with_what_they_are(api: Driver, clock: ManualClock) -> None:
    for number in range(1, 6):
        read(api, a_published_post(clock() - timedelta(days=4), number), likes=number, impressions=100)
    read(api, a_published_post(clock() - timedelta(days=4), 6), likes=9, impressions=9)
    found = summary(api)
    assert [post["post_id"] for post in found["best"]] == ["post-5", "post-4", "post-3"]
    assert [post["post_id"] for post in found["worst"]] == ["post-1", "post-2"]
    assert found["best"][0] == found["best"][0] | {
        "title": "Will tea outsell coffee?",
        "text": "Tea stands at 37.5%.",
        "style": "question",
        "topics": ["tea"],
        "url": "https://x.com/i/status/5",
        "analytics_url": "/api/analytics/posts/post-5",
    }
    assert found["best"][0]["metrics"]["rate"] == 0.05


def test_one_network_can_be_looked_at_alone(api: Driver, clock: ManualClock) -> None:
    read(api, a_published_post(clock() - timedelta(days=3), 1), likes=6, impressions=200)
    read(api, a_published_post(clock() - timedelta(days=3), 2, network=Network.BLUESKY), likes=9, impressions=100)
    both, one = summary(api), summary(api, network="x")
    assert (both["current"]["likes"], [each["network"] for each in both["networks"]]) == (15, ["twitter", "bluesky"])
    assert (one["network"], one["current"]["likes"]) == ("twitter", 6)
    assert [post["post_id"] for post in one["best"]] == ["post-1"]
    assert api("GET", "/api/analytics/summary", query={"network": "myspace"}).fields == ["network"]
    assert api("GET", "/api/analytics/summary", query={"period": "8d"}).fields == ["period"]


def test_posts_without_metrics_are_counted_with_the_reason(api: Driver, clock: ManualClock) -> None:
    published = {"state": PostState.PUBLISHED, "published_at": clock() - timedelta(hours=1)}
    api.content.put(a_post(clock(), content_id="p-1", **published))
    api.content.put(a_post(clock(), content_id="p-2", **published))
    api.content.put(a_post(clock(), content_id="p-3"))
    api.content.put(a_post(clock(), content_id="p-4", **{**published, "published_at": clock() - timedelta(days=31)}))
    api.content.put(a_published_post(clock(), 5))
    read(api, a_published_post(clock() - timedelta(days=3), 6), likes=6, impressions=200)
    assert summary(api)["without_metrics"] == [
        {"reason": PREVIEW, "posts": 2},
        {"reason": "the metrics have not been read yet: that happens every hour", "posts": 1},
    ]


def test_a_post_comes_with_its_series_its_rate_and_its_next_read(api: Driver, clock: ManualClock) -> None:
    post = a_published_post(clock() - timedelta(days=3), 1)
    for hours, likes in ((1, 1), (48, 4), (54, 5)):
        read(api, post, likes=likes, impressions=100, hours=hours)
    found = api("GET", "/api/analytics/posts/post-1").json
    assert found["metrics"] == {
        "likes": 5, "comments": 0, "shares": 0, "impressions": 100, "engagements": 5, "rate": 0.05
    }  # fmt: skip
    assert (found["reason"], found["style"], found["learned_rate"]) == (None, "question", 0.04)
    assert [(each["taken_at"], each["metrics"]["likes"]) for each in found["series"]] == [
        ("2026-11-19T06:00:00.000Z", 1),
        ("2026-11-21T05:00:00.000Z", 4),
        ("2026-11-21T11:00:00.000Z", 5),
    ]
    assert (found["taken_at"], found["next_read_at"]) == ("2026-11-21T11:00:00.000Z", "2026-11-21T22:50:00.000Z")


def test_a_post_without_metrics_says_why(api: Driver, clock: ManualClock) -> None:
    api.content.put(a_post(clock(), content_id="p-1", state=PostState.PUBLISHED, published_at=clock()))
    api.content.put(a_published_post(clock(), 2))
    api.content.put(a_published_post(clock(), 3, state=PostState.REJECTED))
    deleted = a_published_post(clock(), 4)
    api.content.put(deleted)
    after = gone(deleted, None, job_id="job-1").after
    api.metrics.record(None, after, None, gained={}, learned=(), expires_at=clock())
    answers = [api("GET", f"/api/analytics/posts/{each}").json for each in ("p-1", "post-2", "post-3", "post-4")]
    assert [answer["reason"] for answer in answers] == [
        PREVIEW,
        "the metrics have not been read yet: that happens every hour",
        "it is not published: its state is rejected",
        "twitter does not have it any more",
    ]
    assert [(answer["metrics"], answer["series"]) for answer in answers] == [(None, [])] * 4


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"enabled": False}, "its account is switched off"),
        ({"state": AccountState.NEEDS_AUTHORISATION}, "its account needs your authorisation: connect it anew"),
        (None, "its account is not connected any more"),
    ],
)
def test_an_account_whose_posts_are_not_read_is_named_as_the_reason(
    api: Driver, clock: ManualClock, change: dict[str, Any] | None, reason: str
) -> None:
    if change is None:
        api.accounts.delete("acme", "acme-on-x")
    else:
        api.accounts.put(an_account(**change))
    api.content.put(a_published_post(clock(), 1))
    read(api, a_published_post(clock() - timedelta(days=2), 2), likes=1, impressions=100)
    assert [api("GET", f"/api/analytics/posts/post-{each}").json["reason"] for each in (1, 2)] == [reason] * 2
    assert summary(api)["without_metrics"] == [{"reason": reason, "posts": 1}]


def test_a_post_that_was_gone_before_it_was_read_is_not_promised_a_read(api: Driver, clock: ManualClock) -> None:
    post = a_published_post(clock() - timedelta(days=2), 1)
    api.content.put(post)
    after = gone(post, None, job_id="job-1").after
    api.metrics.record(None, after, None, gained={}, learned=(), expires_at=clock())
    assert summary(api)["without_metrics"] == [{"reason": "twitter does not have it any more", "posts": 1}]


@pytest.mark.parametrize("post_id", ["page-1", "unknown", "a b", "x" * 2000])
def test_what_is_no_post_of_the_organisation_is_not_found(api: Driver, clock: ManualClock, post_id: str) -> None:
    api.content.put(a_page(clock()))
    api.content.put(a_post(clock()))
    assert api("GET", f"/api/analytics/posts/{post_id}").status == 404
    assert api("GET", "/api/analytics/posts/post-1", claims=RIVAL).status == 404


def test_learnings_come_best_first_with_their_uncertainty_and_a_verdict(api: Driver, clock: ManualClock) -> None:
    for number in range(1, 9):
        style, likes = ("question", 40 + number) if number % 2 else ("news", 10 + number)
        read(api, a_published_post(clock() - timedelta(days=4), number, style=style), likes=likes, impressions=1000)
    found = api("GET", "/api/learnings").json
    assert found["next_cursor"] is None
    assert [(each["dimension"], each["value"], each["verdict"]) for each in found["items"]] == [
        ("style", "question", "better"),
        ("style", "news", "worse"),
    ]
    best = found["items"][0]
    assert (best["network"], best["posts"], best["overall"]) == ("twitter", 4, 0.0295)
    assert best["low"] < best["rate"] < best["high"]
    assert best["statement"].startswith("On twitter, posts in the style question earn 4.4% engagement (4 posts, likely")
    assert found["reason"] is None
    nothing = api("GET", "/api/learnings", claims=RIVAL).json
    assert nothing == {"items": [], "reason": NOTHING_LEARNED, "next_cursor": None}


def test_learnings_are_listed_in_pages(api: Driver, clock: ManualClock) -> None:
    for number in range(12):
        style = ("question", "news", "list")[number % 3]
        read(api, a_published_post(clock() - timedelta(days=4), number, style=style), likes=number, impressions=100)
    first = api("GET", "/api/learnings", query={"limit": "2"}).json
    second = api("GET", "/api/learnings", query={"limit": "2", "cursor": first["next_cursor"]}).json
    found = [each["value"] for each in first["items"] + second["items"]]
    assert (found, second["next_cursor"]) == (["list", "news", "question"], None)
    assert api("GET", "/api/learnings", query={"cursor": "forged"}).fields == ["cursor"]
