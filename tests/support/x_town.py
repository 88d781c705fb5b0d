"""The deployment's posting to X on moto, over a stand-in for X."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from functions.api.authorizations.dynamodb import DynamoAuthorisations
from functions.reconciler.recover import reconcile
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.job_kinds import KINDS
from functions.shared.domain.job_types import JobType
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.publish_intent import publish_job_id
from functions.shared.kernel import aws
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.policy import Timing
from functions.shared.kernel.jobs.sqs import SqsDispatcher
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.port import App
from functions.shared.networks.x.publish import XPublisher
from functions.shared.networks.x.sign_in import HttpOAuth
from functions.social_poster.publish import publish
from functions.social_poster.renew_token import Renewals, renew_token
from functions.social_poster.services import Services
from tests.support.accounts import an_x_account
from tests.support.api_driver import Driver, make_driver, sign_in_at_x
from tests.support.aws import Cloud
from tests.support.clock import ManualClock
from tests.support.contents import a_page
from tests.support.event_source import poll
from tests.support.standins.model import ScriptedModel
from tests.support.standins.x import XStandIn

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
            kinds=KINDS,
            # Moto delays messages by the real clock; the reconciler sends another by this one.
            timing=Timing(redispatch_after=timedelta(seconds=30)),
        )
        self.notices = DynamoNotificationStore("jobs", aws.dynamodb, self.clock)
        authorisation = Authorisation(self.secrets, self.engine)
        publisher = XPublisher(self.x.base_url, authorisation, self.clock, settle=timedelta(minutes=3))
        contents = DynamoContentStore("content_metadata", aws.dynamodb)
        self.services = Services(
            contents=contents,
            accounts=self.accounts,
            model=ScriptedModel(),
            publishers=lambda name: publisher,
            engine=self.engine,
            metrics=MemoryMetrics(),
        )
        self.oauth = HttpOAuth(self.x.base_url, lambda: APP, self.clock)
        renewals = Renewals(self.accounts, self.secrets, lambda name: self.oauth, self.notices, self.engine)
        self.handlers: Any = {
            JobType.PUBLISH_CONTENT: partial(publish, services=self.services),
            JobType.REFRESH_TOKEN: partial(renew_token, renewals=renewals),
        }
        contents.put(a_page(self.clock()))

    @property
    def api(self) -> Driver:
        signing_in = sign_in_at_x(lambda: APP, lambda: self.oauth)
        return make_driver(
            self.clock,
            engine=self.engine,
            accounts=self.accounts,
            secrets=self.secrets,
            secret_prefix="accounts/",
            notifications=self.notices,
            authorisations=DynamoAuthorisations("accounts", aws.dynamodb),
            sign_ins=lambda name: signing_in,
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
