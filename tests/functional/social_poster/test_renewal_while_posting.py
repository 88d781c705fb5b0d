"""Whatever call dies while a token is renewed: what waited for it is done once, and no refresh token is used twice.

A crash between X's answer to the exchange and the store of it loses the new tokens. The user is asked, once, to
connect the account again; then what waited goes on.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.analytics.services import Services as AnalyticsServices
from functions.analytics.tell_failure import sync_or_tell
from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.content.model import Post
from functions.shared.domain.due.memory import MemoryDue
from functions.shared.domain.job_types import JobType
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.measured.model import Metrics
from functions.shared.domain.network import Network
from functions.shared.domain.organisation.memory import MemoryOrganisationStore
from functions.shared.domain.publish_intent import publish_job_id
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.jobs.policy import Timing
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.port import App, Counted, TokenRefused
from functions.shared.networks.x.client import XClient
from functions.shared.networks.x.errors import Refused
from functions.shared.networks.x.publish import Answer, XPublisher
from functions.social_poster.publish import publish
from functions.social_poster.renew_token import Renewals, renew_token
from functions.social_poster.services import Services as PosterServices
from tests.functional.social_poster.test_renewal_crashes import SECRET, SabotagedOAuth
from tests.support.accounts import an_x_account
from tests.support.analytics_services import a_published_post
from tests.support.api_driver import make_driver
from tests.support.contents import a_variant
from tests.support.standins.model import ScriptedModel
from tests.support.standins.x import XStandIn
from tests.support.standins.x_oauth import oauth_over
from tests.support.sweep import Saboteur, Stuck, World, expect_once, sweep

CONTENTS = DynamoContentStore("content_metadata", aws.dynamodb)
ACCOUNTS = DynamoAccountStore("accounts", aws.dynamodb)
METRICS = DynamoMetrics("metrics", aws.dynamodb)
SECRETS = AwsSecrets(aws.secrets_manager)
VARIANTS = ("variant-1", "variant-2")


pytestmark = pytest.mark.usefixtures("fresh_clients")


@dataclass(frozen=True)
class SabotagedX:
    """X without a network, so that each fork has an X of its own; in place of tweepy's client of one token."""

    x: XStandIn
    saboteur: Saboteur
    token: str

    def request(self, method: str, path: str, *, params: Any = None, json: Any = None) -> Any:
        return self.saboteur.around(f"{method} {path}", lambda: self._request(method, path, params or {}, json))()

    def _request(self, method: str, path: str, params: Mapping[str, Any], body: Any) -> Callable[[], Any]:
        query = "&".join(f"{name}={value}" for name, value in params.items())
        sent = json.dumps(body).encode()
        status, answer = self.x.answer(method, f"{path}?{query}", f"Bearer {self.token}", sent)
        self.x.requests.append(f"{method} {path} {status}")
        return partial(_answered, status, json.dumps(answer).encode())


def _answered(status: int, content: bytes) -> Any:
    if status >= 400:
        raise Refused(status, {}, content)
    return SimpleNamespace(content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class SabotagedPublisher(XPublisher):
    """The product's publisher over that X."""

    x: XStandIn
    saboteur: Saboteur

    def _called(self, account: Account, call: Callable[[XClient], Answer]) -> Answer:
        def with_token(token: str) -> Answer:
            return call(XClient(SabotagedX(self.x, self.saboteur, token)))

        return self.authorisation.with_token(account, with_token)


@dataclass(frozen=True)
class SabotagedReader:
    """A platform whose counts are always the same, asked with a token of that X."""

    authorisation: Authorisation
    x: XStandIn
    saboteur: Saboteur
    most_posts: int = 1

    def read(self, account: Account, platform_ids: Sequence[str]) -> Counted:
        return self.authorisation.with_token(account, lambda token: self._read(platform_ids, token))

    def _read(self, platform_ids: Sequence[str], token: str) -> Counted:
        if self.saboteur.around("read", lambda: self.x.oauth.user_of(token)) is None:
            raise TokenRefused("X does not accept this account's access token")
        return Counted({each: Metrics(likes=1, impressions=10) for each in platform_ids}, frozenset())


@contextmanager
def expired(world: World) -> Iterator[tuple[XStandIn, Renewals]]:
    """An account whose access token has just expired, on an X without a network, and what renews it."""
    world.engine = replace(
        world.engine, timing=Timing(heartbeat=timedelta(hours=1), redispatch_after=timedelta(seconds=30))
    )
    x = XStandIn(clock=world.clock)
    x._server.server_close()  # nobody calls it over the network
    old = x.oauth.issue()
    x.oauth.expire(old["access_token"])
    with resting(world.saboteur):
        SECRETS.put(SECRET, old)
        ACCOUNTS.put(an_x_account(world.clock()))
    notices = DynamoNotificationStore("jobs", aws.dynamodb, world.clock)
    oauth = SabotagedOAuth(oauth_over(x.oauth, App("client-1", "client-secret-1")), world.saboteur)
    world.saboteur.watch(aws.secrets_manager())
    try:
        yield x, Renewals(ACCOUNTS, SECRETS, lambda name: oauth, notices, world.engine)
    finally:
        world.saboteur.unwatch(aws.secrets_manager())


@contextmanager
def resting(saboteur: Saboteur) -> Iterator[None]:
    before, saboteur.is_resting = saboteur.is_resting, True
    yield
    saboteur.is_resting = before


def settle(world: World, x: XStandIn, renewals: Renewals, handlers: Handlers, reports: Path) -> None:
    """Run the jobs; an account whose tokens were lost is connected anew by its user, which is reported."""
    handlers = {**handlers, JobType.REFRESH_TOKEN: partial(renew_token, renewals=renewals)}
    worker = partial(consume, handlers=handlers, engine=world.engine)
    world.consumers = dict.fromkeys(("social", "social-high", "analytics"), worker)
    with resting(world.saboteur):
        old = SECRETS.get(SECRET)
    try:
        world.settle()
    except Stuck:
        judge_the_loss(x, renewals, old)
        with reports.open("a") as file:
            os.write(file.fileno(), b"asked\n")
        connect_anew(world, x)
        world.settle()
    else:
        expect_once(x.oauth.exchanges, [("refresh_token", old["refresh_token"])])
        assert [(each.title, each.reason) for each in renewals.notifications.newest("acme")[0]] == []
    account = ACCOUNTS.get("acme", "x-1")
    assert account is not None
    assert account.state is AccountState.CONNECTED
    assert x.oauth.user_of(SECRETS.get(SECRET)["access_token"]) == "1001"
    assert {job.status for job in world.jobs()} == {JobStatus.COMPLETED}, [job.error for job in world.jobs()]
    expect_once((job.type for job in world.jobs() if job.type == JobType.REFRESH_TOKEN), [JobType.REFRESH_TOKEN])
    assert {job.failures for job in world.jobs()} == {0}
    assert world.dead_letters() == 0


def judge_the_loss(x: XStandIn, renewals: Renewals, old: Mapping[str, str]) -> None:
    account = ACCOUNTS.get("acme", "x-1")
    assert account is not None
    assert account.state is AccountState.NEEDS_AUTHORISATION, account.state
    assert x.oauth.exchanges == [("refresh_token", old["refresh_token"])] * 2
    assert SECRETS.get(SECRET) == old, "new tokens were stored and given up"
    told = [notice.kind for notice in renewals.notifications.newest("acme")[0]]
    expect_once(told, ["account.needs_authorisation"])


def connect_anew(world: World, x: XStandIn) -> None:
    api = make_driver(world.clock, engine=world.engine, accounts=ACCOUNTS, secrets=SECRETS, secret_prefix="accounts/")
    answer = api("PATCH", "/api/accounts/x-1", x.oauth.issue())
    assert answer.status == 200, answer.text


def post_two_variants(world: World, *, reports: Path = Path(os.devnull)) -> None:
    """Two posts of one account wait for one renewal."""
    with expired(world) as (x, renewals):
        authorisation = Authorisation(SECRETS, world.engine)
        publisher = SabotagedPublisher(
            "https://api.x.example", authorisation, world.clock, timedelta(), x=x, saboteur=world.saboteur
        )
        poster_services = PosterServices(
            CONTENTS, ACCOUNTS, ScriptedModel(), lambda name: publisher, world.engine, METRICS
        )
        for variant in VARIANTS:
            with resting(world.saboteur):
                CONTENTS.put(
                    a_variant(world.clock(), content_id=variant, network=Network.TWITTER, text=f"Tea of {variant}.")
                )
            world.survive(partial(plan_post, world, variant))
        settle(world, x, renewals, {JobType.PUBLISH_CONTENT: partial(publish, services=poster_services)}, reports)
        made = [post for variant in VARIANTS for post in CONTENTS.family("acme", variant) if isinstance(post, Post)]
        expect_once((post.platform_id for post in made), (tweet.id for tweet in x.tweets))
        expect_once(x.texts, (post.text for post in made))
        expect_once((post.parent_id for post in made), VARIANTS)
        assert {post.state for post in made} == {"published"}
        assert "POST /2/tweets 403" not in x.requests, "a post was sent twice, and only X's own check stopped it"


def plan_post(world: World, content_id: str) -> None:
    job_id = publish_job_id("acme", content_id, "x-1", world.clock())
    payload = {"content_id": content_id, "title": "Tea", "account_id": "x-1"}
    plan(Submission("acme", JobType.PUBLISH_CONTENT, payload, job_id=job_id), engine=world.engine)


def count_two_posts(world: World, *, reports: Path = Path(os.devnull)) -> None:
    """The metrics of two posts wait for a renewal."""
    with expired(world) as (x, renewals):
        with resting(world.saboteur):
            for number in (1, 2):
                post = a_published_post(world.clock() - timedelta(hours=number), number, account_id="x-1")
                CONTENTS.put(post)
        reader = SabotagedReader(Authorisation(SECRETS, world.engine), x, world.saboteur)
        rhythm = Rhythm(fixed_age=timedelta())
        organisations = MemoryOrganisationStore()
        analytics_services = AnalyticsServices(
            CONTENTS,
            ACCOUNTS,
            organisations,
            MemoryDue(organisations, MemoryAccountStore()),
            METRICS,
            renewals.notifications,
            lambda _: reader,
            world.engine,
            rhythm,
        )
        job_id = "019a0000-0000-7000-8000-000000000001"
        submission = Submission("acme", JobType.SYNC_ANALYTICS, {"account_id": "x-1"}, job_id=job_id, quiet=True)
        world.survive(lambda: plan(submission, engine=world.engine))
        settle(
            world, x, renewals, {JobType.SYNC_ANALYTICS: partial(sync_or_tell, services=analytics_services)}, reports
        )
        expect_once((job.result["recorded"] for job in world.jobs() if job.result and "recorded" in job.result), [2])
        series = {f"post-{number}": METRICS.series("acme", f"post-{number}") for number in (1, 2)}
        expect_once((post_id for post_id, snapshots in series.items() for _ in snapshots), list(series))


def asked(reports: Path) -> int:
    return len(reports.read_text().splitlines()) if reports.exists() else 0


@pytest.mark.parametrize(("scenario", "least"), [(post_two_variants, 100), (count_two_posts, 60)])
def test_what_waits_for_a_token_is_done_once_whatever_call_a_worker_dies_at(
    tmp_path: Path, scenario: Callable[..., None], least: int
) -> None:
    reports = tmp_path / "asked"

    assert sweep(partial(scenario, reports=reports)) > least

    # Only between X's answer and the store of it: after the exchange, and before the new pair is put.
    assert asked(reports) == 2
