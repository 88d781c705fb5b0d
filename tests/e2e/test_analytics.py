"""How posts do, on the embedded engine: connected, posted, counted, learned from, and written by what was learned."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.test_main_job import finished
from tests.e2e.world import World, wait_for
from tests.support.standins.openai_api import ModelAbout
from tests.support.standins.x import XStandIn, rate_limited

REDIRECT = "https://console.example/connected"
ALL_GOOD = {"like_count": 40, "reply_count": 6, "retweet_count": 3, "quote_count": 1, "impression_count": 1000}


@pytest.fixture
def x(shared_x: XStandIn) -> Iterator[XStandIn]:
    """What the shared deployment takes for X. Each test has users of its own there, and leaves no fault behind."""
    yield shared_x
    shared_x.read_faults.clear()


def connect(world: World, org: str, x: XStandIn, user_id: str, account_id: str | None = None) -> dict[str, Any]:
    """Connect an X account, or connect it anew, as its user does."""
    x.oauth.handles[user_id] = f"user{user_id}"
    again = {"account_id": account_id} if account_id else {}
    body = {"network": "x", "redirect_uri": REDIRECT, **again}
    begun = world.api(org).post("/api/accounts/authorizations", json=body)
    assert begun.status_code == 201, begun.text
    sent_back = x.oauth.consent(begun.json()["authorization_url"], user_id=user_id)
    path = f"/api/accounts/authorizations/{begun.json()['authorization_id']}"
    done = world.api(org).post(path, json=sent_back)
    assert done.status_code == (200 if account_id else 201), done.text
    account: dict[str, Any] = done.json()
    assert (account["state"], account["handle"]) == ("connected", f"user{user_id}")
    return account


def write(world: World, org: str, topic: str) -> dict[str, Any]:
    """A variant for X about the topic."""
    body = {"topic": topic, "platforms": ["twitter"]}
    job = finished(world, world.api(org).post("/api/ai/generate", json=body).json()["job_id"], org)
    assert job["status"] == "completed", job
    (variant,) = [each for each in world.items("/api/content", org, kind="variant") if each["job_id"] == job["job_id"]]
    return variant


def publish(world: World, org: str, variant: dict[str, Any], account: dict[str, Any]) -> str:
    """The id of the job that posts a variant."""
    payload = {"content_id": variant["content_id"], "account_id": account["account_id"]}
    answer = world.api(org).post("/api/jobs", json={"type": "PUBLISH_CONTENT", "payload": payload})
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


def posted(world: World, org: str, topic: str, account: dict[str, Any]) -> dict[str, Any]:
    """A post about the topic, published."""
    job = finished(world, publish(world, org, write(world, org, topic), account), org)
    assert job["status"] == "completed", job
    (post,) = [each for each in world.items("/api/content", org, kind="post") if each["job_id"] == job["job_id"]]
    return post


def sync(world: World, org: str) -> list[dict[str, Any]]:
    """One run of the analytics schedule; the organisation's jobs of it, once they are over."""
    before = {job["job_id"] for job in world.items("/api/jobs", org, type="SYNC_ANALYTICS")}
    world.invoke("analytics")
    jobs = [job["job_id"] for job in world.items("/api/jobs", org, type="SYNC_ANALYTICS")]
    return [finished(world, job_id, org) for job_id in jobs if job_id not in before]


def measured(world: World, org: str, post: dict[str, Any]) -> dict[str, Any]:
    path = f"/api/analytics/posts/{post['content_id']}"
    found: dict[str, Any] = world.api(org).get(path).raise_for_status().json()
    return found


def test_metrics_appear_are_updated_and_add_up(world: World, x: XStandIn) -> None:
    org = world.newcomer("tallied")
    account = connect(world, org, x, "2001")
    first, second = (posted(world, org, topic, account) for topic in ("Green tea in spring", "Black tea in autumn"))
    x.metrics.by_id[first["platform_id"]] = ALL_GOOD
    (job,) = sync(world, org)
    assert job["status"] == "completed"
    shown = measured(world, org, first)
    counts = {"likes": 40, "comments": 6, "shares": 4, "impressions": 1000, "engagements": 50, "rate": 0.05}
    assert shown["metrics"] == counts

    x.metrics.by_id[first["platform_id"]] = {**ALL_GOOD, "like_count": 90, "impression_count": 2000}
    sync(world, org)
    shown = measured(world, org, first)
    assert [point["metrics"]["likes"] for point in shown["series"]] == [40, 90]
    summary = world.api(org).get("/api/analytics/summary", params={"period": "7d"}).json()
    assert summary["current"]["likes"] == 90, "what is counted twice adds up once"
    assert summary["current"]["posts"] == 2
    assert summary["best"][0]["post_id"] == first["content_id"]
    styles = world.api(org).get("/api/analytics/breakdown", params={"by": "style", "period": "7d"}).json()["items"]
    assert sum(row["likes"] for row in styles) == 90
    assert {row["value"] for row in styles} == {post["choice"]["style"] for post in (first, second)}
    assert world.api("rival").get(f"/api/analytics/posts/{first['content_id']}").status_code == 404
    assert measured(world, org, second)["metrics"]["rate"] is None, "nobody has seen it"


def test_a_preview_post_has_no_metrics_and_says_so(world: World) -> None:
    org = world.newcomer("previewed")
    body = {"network": "twitter", "publisher": "preview", "name": "Only looking"}
    account = world.api(org).post("/api/accounts", json=body).json()
    post = posted(world, org, "Tea nobody sees", account)
    assert sync(world, org) == []
    shown = measured(world, org, post)
    assert shown["metrics"] is None
    assert "preview" in shown["reason"]


def test_the_loop_closes_what_worked_is_in_the_next_prompt(world: World, x: XStandIn, model_about: ModelAbout) -> None:
    org, model = world.newcomer("learner"), model_about("The next cup of tea")
    account = connect(world, org, x, "2002")
    posts = [posted(world, org, f"A cup of tea, number {number}", account) for number in range(12)]
    styles = [post["choice"]["style"] for post in posts]
    best = max(sorted(set(styles)), key=styles.count)
    for post, style in zip(posts, styles, strict=True):
        likes = 300 if style == best else 2
        x.metrics.by_id[post["platform_id"]] = {"like_count": likes, "impression_count": 1000}
    with world.settings("content_generator", AI_PROVIDER="openai", OPENAI_BASE_URL=model.base_url):
        before = write(world, org, "The next cup of tea")
        assert before["written_by"]["provider"] == "openai"
        assert before["lessons"] == []
        sync(world, org)
        learned = world.items("/api/learnings", org)
        (mine,) = [each for each in learned if (each["dimension"], each["value"]) == ("style", best)]
        assert mine["posts"] == styles.count(best)
        assert mine["low"] > mine["overall"]

        after = write(world, org, "The next cup of tea")
    asked = [str(request["messages"]) for request in model.requests]
    lesson = next(each for each in after["lessons"] if each["value"] == best)
    assert lesson["statement"] in asked[-1]
    assert lesson["statement"] not in asked[0]


def test_a_rate_limit_is_waited_for_to_the_second_and_delays_nothing_else(world: World, x: XStandIn) -> None:
    org, calm = world.newcomer("limited"), world.newcomer("unlimited")
    account = connect(world, org, x, "2003")
    post = posted(world, org, "Tea for many", account)
    x.metrics.by_id[post["platform_id"]] = ALL_GOOD
    started = time.monotonic()
    write(world, calm, "Tea before")
    long_enough = 10 + 4 * int(time.monotonic() - started)  # for the same again while the other waits
    reset = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=long_enough)
    x.read_faults.append(rate_limited(reset))
    payload = {"account_id": account["account_id"]}
    asked = world.api(org).post("/api/jobs", json={"type": "SYNC_ANALYTICS", "payload": payload}).json()
    waiting = wait_for(lambda: put_off(world.job(asked["job_id"], org)))
    assert datetime.fromisoformat(waiting["not_before"]) == reset
    write(world, calm, "Tea for one")
    assert datetime.now(UTC) < reset, "others did not wait"

    done = finished(world, asked["job_id"], org)
    assert (done["status"], done["failures"], done["deferrals"]) == ("completed", 0, 1)
    runs = [datetime.fromisoformat(each["started_at"]) for each in done["attempts"]]
    assert reset <= runs[-1] + timedelta(seconds=1)
    assert measured(world, org, post)["metrics"]["likes"] == 40


def put_off(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if job["status"] == "queued" and job["not_before"] else None


def test_an_expired_token_is_renewed_once_for_all_who_wait_for_it(world: World, x: XStandIn) -> None:
    org = world.newcomer("expired")
    account = connect(world, org, x, "2004")
    post = posted(world, org, "Cold tea", account)
    x.metrics.by_id[post["platform_id"]] = ALL_GOOD
    variant = write(world, org, "Warm tea")
    renewals = renewals_of(x, "2004")
    for token, user in list(x.tokens.items()):
        if user == "2004":
            x.oauth.expire(token)
    payload = {"account_id": account["account_id"]}
    reading = world.api(org).post("/api/jobs", json={"type": "SYNC_ANALYTICS", "payload": payload}).json()["job_id"]
    posting = publish(world, org, variant, account)
    assert [finished(world, each, org)["status"] for each in (reading, posting)] == ["completed", "completed"]
    assert renewals_of(x, "2004") == renewals + 1
    assert measured(world, org, post)["metrics"]["likes"] == 40
    assert [job["status"] for job in world.items("/api/jobs", org, type="REFRESH_TOKEN")] == ["completed"]
    assert world.items("/api/notifications", org) == []


def renewals_of(x: XStandIn, user_id: str) -> int:
    tokens = {token for token, grant in x.oauth.grants.items() if grant.user_id == user_id}
    return sum(kind == "refresh_token" and token in tokens for kind, token in x.oauth.exchanges)


def test_a_revoked_account_asks_for_authorisation_once_waits_alone_and_goes_on_when_connected(
    world: World, x: XStandIn
) -> None:
    org = world.newcomer("revoked")
    account, other = connect(world, org, x, "2005"), connect(world, org, x, "2006")
    variant = write(world, org, "Forbidden tea")
    x.oauth.revoke("2005")
    held = publish(world, org, variant, account)
    paused = wait_for(lambda: needs_authorisation(world, org, account))
    assert paused["state_reason"]
    assert posted(world, org, "Tea that is allowed", other)["state"] == "published"
    wait_for(lambda: "needs your authorisation" in str(world.job(held, org)["reason"]))
    assert [job["payload"]["account_id"] for job in sync_payloads(world, org)] == [other["account_id"]]
    (notice,) = world.items("/api/notifications", org)
    assert notice["kind"] == "account.needs_authorisation"
    assert "/api/accounts/authorizations" in notice["advice"]

    connect(world, org, x, "2005", account["account_id"])
    done = finished(world, held, org)
    assert done["status"] == "completed", done
    assert x.texts.count(variant["text"]) == 1
    assert world.items("/api/notifications", org) == [notice]


def needs_authorisation(world: World, org: str, account: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = world.api(org).get(f"/api/accounts/{account['account_id']}").raise_for_status().json()
    return found if found["state"] == "needs_authorisation" else None


def sync_payloads(world: World, org: str) -> list[dict[str, Any]]:
    return [world.job(job["job_id"], org) for job in sync(world, org)]


def test_reading_again_changes_no_figure(world: World, x: XStandIn) -> None:
    org = world.newcomer("steady")
    account = connect(world, org, x, "2007")
    post = posted(world, org, "Steady tea", account)
    x.metrics.by_id[post["platform_id"]] = ALL_GOOD
    sync(world, org)
    first = world.api(org).get("/api/analytics/summary", params={"period": "7d"}).json()["current"]
    sync(world, org)
    assert world.api(org).get("/api/analytics/summary", params={"period": "7d"}).json()["current"] == first
