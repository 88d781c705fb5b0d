"""Tokens of X accounts on real tables, queues and secrets: renewed while posts wait, or asked of the user anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from functions.api.x_sign_in import XSignIn
from functions.shared import aws
from functions.shared.clock import new_id
from functions.shared.consumer import consume
from functions.shared.content import Account, Post
from functions.shared.jobs.admit import Submission, plan
from functions.shared.jobs.dynamodb import DynamoJobStore
from functions.shared.jobs.engine import Engine
from functions.shared.jobs.model import Job, JobStatus, JobType
from functions.shared.jobs.policy import Timing
from functions.shared.jobs.recover import reconcile
from functions.shared.jobs.sqs import SqsDispatcher
from functions.shared.measured.memory import MemoryMetrics
from functions.shared.notifications.dynamodb import DynamoNotificationStore
from functions.shared.publish_intent import publish_job_id
from functions.shared.store.authorisations import DynamoAuthorisations
from functions.shared.store.dynamodb_accounts import DynamoAccountStore
from functions.shared.store.dynamodb_content import DynamoContentStore
from functions.shared.store.secrets import AwsSecrets
from functions.shared.x.answers import TokenRefused
from functions.shared.x.authorisation import Authorisation
from functions.shared.x.grants import App
from functions.shared.x.oauth import HttpOAuth
from functions.social_poster.desk import Desk
from functions.social_poster.publish import publish
from functions.social_poster.publishers.x import XPublisher
from functions.social_poster.renew_token import Renewals, renew_token
from tests.accounts import an_x_account
from tests.api_driver import Driver, make_driver
from tests.aws import Cloud
from tests.clock import ManualClock
from tests.contents import a_page
from tests.event_source import poll
from tests.standins.model import ScriptedModel
from tests.standins.x import XStandIn, accepted_then_reset, unavailable

APP = App("client-1", "client-secret-1")


@dataclass
class Town:
    """A deployment on moto over a stand-in for X, on one clock."""

    cloud: Cloud
    x: XStandIn
    clock: ManualClock
    accounts: DynamoAccountStore = field(default_factory=lambda: DynamoAccountStore("accounts", aws.dynamodb))
    secrets: AwsSecrets = field(default_factory=lambda: AwsSecrets(aws.secrets_manager))

    def __post_init__(self) -> None:
        self.engine = Engine(
            store=DynamoJobStore("jobs", aws.dynamodb, self.clock),
            dispatcher=SqsDispatcher(self.cloud.queue_urls, aws.sqs),
            clock=self.clock,
            new_id=new_id,
            random=lambda: 0.0,
            # Moto delays messages by the real clock; the reconciler sends another by this one.
            timing=Timing(redispatch_after=timedelta(seconds=30)),
        )
        self.notices = DynamoNotificationStore("jobs", aws.dynamodb, self.clock)
        authorisation = Authorisation(self.secrets, self.engine)
        publisher = XPublisher(self.x.base_url, authorisation, self.clock, settle=timedelta(minutes=3))
        contents = DynamoContentStore("content_metadata", aws.dynamodb)
        self.desk = Desk(
            contents=contents,
            accounts=self.accounts,
            model=ScriptedModel(),
            publishers=lambda name: publisher,
            engine=self.engine,
            metrics=MemoryMetrics(),
        )
        self.oauth = HttpOAuth(self.x.base_url, lambda: APP, self.clock)
        renewals = Renewals(self.accounts, self.secrets, lambda: self.oauth, self.notices, self.engine)
        self.handlers: Any = {
            JobType.PUBLISH_CONTENT: partial(publish, desk=self.desk),
            JobType.REFRESH_TOKEN: partial(renew_token, renewals=renewals),
        }
        contents.put(a_page(self.clock()))

    @property
    def api(self) -> Driver:
        sign_in = XSignIn(
            DynamoAuthorisations("accounts", aws.dynamodb),
            lambda: APP,
            lambda: self.oauth,
            "https://x.example/authorize",
        )
        return make_driver(
            self.clock,
            engine=self.engine,
            accounts=self.accounts,
            secrets=self.secrets,
            secret_prefix="accounts/",
            notifications=self.notices,
            x=sign_in,
        )

    def connect(self, account_id: str = "x-1", user_id: str = "1001") -> dict[str, str]:
        """An account with tokens from X; returns those."""
        self.x.oauth.handles[user_id] = account_id
        tokens = self.x.oauth.issue(user_id)
        account = an_x_account(self.clock(), account_id=account_id, secret_id=f"accounts/acme/{account_id}")
        self.secrets.put(f"accounts/acme/{account_id}", tokens)
        self.accounts.put(account.model_copy(update={"platform_user_id": user_id, "handle": account_id}))
        return tokens

    def post(self, account_id: str = "x-1") -> str:
        """Plan a post of the page; returns its job's id."""
        payload = {"content_id": "page-1", "title": "Tea", "account_id": account_id}
        job_id = publish_job_id("acme", "page-1", account_id, self.clock())
        return plan(Submission("acme", JobType.PUBLISH_CONTENT, payload, job_id=job_id), engine=self.engine)[0].job_id

    def run_until(
        self, is_over: Callable[[], bool], *, rounds: int = 30, step: timedelta = timedelta(seconds=45)
    ) -> None:
        for _ in range(rounds):
            for lane in ("social-high", "social"):
                while poll(self.cloud.queue_urls[lane], partial(consume, handlers=self.handlers, engine=self.engine)):
                    pass
            if is_over():
                return
            self.clock.advance(seconds=step.total_seconds())
            reconcile(engine=self.engine)
        raise AssertionError(f"not over: {[(job.type, job.status, job.reason) for job in self.jobs()]}")

    def jobs(self, job_type: JobType | None = None) -> list[Job]:
        return self.engine.store.newest("acme", job_type=job_type)[0]

    def job(self, job_id: str) -> Job:
        job = self.engine.store.get("acme", job_id)
        assert job is not None
        return job

    def is_done(self, job_id: str) -> bool:
        return self.job(job_id).status is JobStatus.COMPLETED

    def account(self, account_id: str = "x-1") -> Account:
        account = self.accounts.get("acme", account_id)
        assert account is not None
        return account

    def texts_of(self, user_id: str) -> list[str]:
        return [tweet.body["text"] for tweet in self.x.tweets if tweet.user_id == user_id]


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
        town.desk.contents.put(
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
    family = town.desk.contents.family("acme", "page-1")
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
