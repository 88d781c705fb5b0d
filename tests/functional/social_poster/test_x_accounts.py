"""Tokens of X accounts on real tables, queues and secrets: renewed while posts wait, or asked of the user anew."""

from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest

from functions.shared.domain.content.model import Post
from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.port import TokenRefused
from tests.support.aws import Cloud
from tests.support.clock import ManualClock
from tests.support.contents import a_page
from tests.support.standins.x import XStandIn, accepted_then_reset, unavailable
from tests.support.x_town import Town


@pytest.fixture
def town(cloud: Cloud, clock: ManualClock) -> Iterator[Town]:
    with XStandIn(clock=clock) as x:
        yield Town(cloud, x, clock)


def test_a_post_whose_token_has_expired_waits_for_its_renewal_and_is_made_once(town: Town) -> None:
    tokens = town.connect()
    town.x.oauth.expire(tokens["access_token"])
    job_id = town.post()

    town.run_until(lambda: town.is_done(job_id))

    job = town.job(job_id)
    assert len(town.x.texts) == 1
    assert [attempt.outcome for attempt in job.attempts] == ["deferred", "completed"]
    assert "is being renewed" in (job.attempts[0].reason or "")
    assert (job.failures, job.deferrals) == (0, 1)
    assert town.x.oauth.exchanges == [("refresh_token", tokens["refresh_token"])]
    (renewal,) = town.jobs(JobType.REFRESH_TOKEN)
    assert (renewal.status, renewal.result and renewal.result["state"]) == (JobStatus.COMPLETED, "connected")
    assert town.account().token_expires_at == renewal.finished_at + timedelta(hours=2)  # type: ignore[operator]
    assert town.secrets.get("accounts/acme/x-1")["refresh_token"] in town.x.oauth.grants


def test_many_posts_that_find_one_token_refused_have_it_renewed_once(town: Town) -> None:
    tokens = town.connect()
    town.x.oauth.expire(tokens["access_token"])
    jobs = []
    for number in range(4):
        town.services.contents.put(
            a_page(town.clock(), content_id=f"page-{number}", slug=f"s-{number}", title=f"T {number}")
        )
        payload = {"content_id": f"page-{number}", "account_id": "x-1"}
        submission = Submission("acme", JobType.PUBLISH_CONTENT, payload, job_id=new_id(town.clock()))
        jobs.append(plan(submission, engine=town.engine)[0].job_id)

    town.run_until(lambda: all(town.job(job_id).status.is_terminal for job_id in jobs))

    assert len(town.x.oauth.exchanges) == 1
    assert len(town.jobs(JobType.REFRESH_TOKEN)) == 1


def test_a_renewal_rides_out_a_service_that_is_down(town: Town) -> None:
    tokens = town.connect()
    town.x.oauth.expire(tokens["access_token"])
    town.x.token_faults.extend([unavailable()] * 3)
    job_id = town.post()

    town.run_until(lambda: town.is_done(job_id), rounds=60)

    assert (len(town.x.texts), town.account().state) == (1, "connected")
    assert town.job(job_id).failures == 0


def test_a_renewal_that_failed_for_good_is_followed_by_another_and_the_post_waits(town: Town) -> None:
    tokens = town.connect()
    town.x.oauth.expire(tokens["access_token"])
    town.x.oauth.client_secret = "rotated-by-somebody"
    job_id = town.post()
    town.run_until(lambda: "could not be renewed" in (town.job(job_id).reason or ""))
    failed = town.jobs(JobType.REFRESH_TOKEN)[0]
    assert (failed.status, town.account().state) == (JobStatus.FAILED, "connected")
    assert "operator must mend" in (failed.error or "")

    town.x.oauth.client_secret = "client-secret-1"
    town.run_until(lambda: town.is_done(job_id), rounds=80)

    assert len(town.x.texts) == 1
    assert len(town.jobs(JobType.REFRESH_TOKEN)) == 2


def test_a_revoked_account_is_paused_and_announced_once_while_another_goes_on(town: Town) -> None:
    town.connect()
    town.connect("x-2", "1002")
    town.x.oauth.revoke("1001")
    held, free = town.post("x-1"), town.post("x-2")

    town.run_until(lambda: town.is_done(free) and "needs your authorisation" in (town.job(held).reason or ""))
    town.run_until(lambda: town.job(held).deferrals > 4, rounds=80)

    assert town.texts_of("1001") == []
    assert len(town.texts_of("1002")) == 1
    assert (town.account("x-1").state, town.account("x-2").state) == ("needs_authorisation", "connected")
    notices, _ = town.notices.newest("acme")
    assert [notice.kind for notice in notices] == ["account.needs_authorisation"]
    assert town.job(held).failures == 0
    assert [post.state for post in posts(town, "x-1")] == ["pending"]
    assert len(town.x.oauth.exchanges) == 1


def test_connecting_a_paused_account_anew_posts_what_was_held_once(town: Town) -> None:
    town.connect()
    town.x.oauth.revoke("1001")
    held = town.post()
    town.run_until(lambda: "needs your authorisation" in (town.job(held).reason or ""))
    town.run_until(lambda: town.job(held).deferrals > 6, rounds=20, step=timedelta(hours=1))
    assert (town.job(held).not_before or town.clock()) > town.clock()

    reconnect(town, "x-1")
    town.run_until(lambda: town.is_done(held), rounds=1)

    assert len(town.x.texts) == 1
    assert town.account().state == "connected"


def test_a_look_up_waits_for_the_renewal_too_and_finds_the_post(town: Town) -> None:
    tokens = town.connect()
    town.x.create_faults.append(accepted_then_reset())
    job_id = town.post()
    town.run_until(lambda: bool(town.x.tweets), rounds=1)
    town.x.oauth.expire(tokens["access_token"])

    town.run_until(lambda: town.is_done(job_id), rounds=60)

    (post,) = posts(town, "x-1")
    assert (post.state, post.platform_id) == ("published", town.x.tweets[0].id)
    assert len(town.x.tweets) == 1


def test_a_token_that_is_refused_in_mid_air_is_taken_again_where_it_was_renewed_meanwhile(town: Town) -> None:
    town.connect()
    fresh = town.x.oauth.issue("1001")
    town.secrets.put("accounts/acme/x-1", {"access_token": "stale"})
    calls = []

    def call(token: str) -> str:
        calls.append(token)
        town.secrets.put("accounts/acme/x-1", fresh)
        if token == "stale":
            raise TokenRefused("no")
        return "done"

    assert Authorisation(town.secrets, town.engine).with_token(town.account(), call) == "done"
    assert calls == ["stale", fresh["access_token"]]
    assert town.jobs() == []


def reconnect(town: Town, account_id: str) -> None:
    ask = {"network": "twitter", "redirect_uri": "https://console.example/", "account_id": account_id}
    begun = town.api("POST", "/api/accounts/authorizations", ask).json
    result = town.x.oauth.consent(begun["authorization_url"])
    answer = town.api("POST", f"/api/accounts/authorizations/{begun['authorization_id']}", result)
    assert answer.status == 200, answer.text


def posts(town: Town, account_id: str) -> list[Post]:
    family = town.services.contents.family("acme", "page-1")
    return [content for content in family if isinstance(content, Post) and content.account_id == account_id]


def test_connecting_needs_no_more_of_secrets_manager_than_writing(town: Town) -> None:
    class WriteOnly(AwsSecrets):
        def get(self, secret_id: str) -> dict[str, str]:
            raise AssertionError("the API may not read the secrets of accounts")

    town.connect()
    town.secrets = WriteOnly(aws.secrets_manager)

    reconnect(town, "x-1")

    stored = boto3.client("secretsmanager").get_secret_value(SecretId="accounts/acme/x-1")["SecretString"]
    assert any(refresh in stored for refresh in town.x.oauth.grants)
