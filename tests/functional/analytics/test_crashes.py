"""Whatever call analytics dies around: every post is recorded once, and no number is changed by a second run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from functions.analytics.plan_syncs import plan_syncs
from functions.analytics.services import Services
from functions.analytics.tell_failure import sync_or_tell
from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.due.dynamodb import DynamoDue
from functions.shared.domain.due.plan_due import Limits
from functions.shared.domain.job_types import JobType
from functions.shared.domain.measured.arms import EVERYTHING, MILLION
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.measured.model import Dimension, Metrics, Totals
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.networks.memory.counts import MemoryCountsReader
from functions.shared.networks.port import Counted
from tests.support.analytics_services import FOUNDED, a_published_post, an_account
from tests.support.sweep import Saboteur, World, expect_once, sweep

CONTENTS = DynamoContentStore("content_metadata", aws.dynamodb)
ACCOUNTS = DynamoAccountStore("accounts", aws.dynamodb)
ORGANISATIONS = DynamoOrganisationStore("accounts", aws.dynamodb)
DUE = DynamoDue("accounts", aws.dynamodb)
METRICS = DynamoMetrics("metrics", aws.dynamodb)


pytestmark = pytest.mark.usefixtures("fresh_clients")


@dataclass
class SabotagedReader:
    """A platform that may be the last thing a process called, and whose counts grow with every call."""

    saboteur: Saboteur
    most_posts: int = 1
    calls: int = 0

    def read(self, account: Account, platform_ids: Sequence[str]) -> Counted:
        self.calls += 1
        counts = {each: Metrics(likes=self.calls, impressions=100) for each in platform_ids}
        reader = MemoryCountsReader(counts)
        answer: Counted = self.saboteur.around("read", lambda: reader.read(account, platform_ids))
        return answer


def read_two_accounts(world: World) -> None:
    """A tick, delivered twice, over two accounts with two posts and one."""
    posts = {"acme-on-x": (1, 2), "acme-too": (3,)}
    resting, world.saboteur.is_resting = world.saboteur.is_resting, True
    ORGANISATIONS.put(Organisation(org_id="acme", name="Acme", created_at=FOUNDED))
    for account_id, numbers in posts.items():
        ACCOUNTS.put(an_account(account_id))
        for number in numbers:
            CONTENTS.put(a_published_post(world.clock() - timedelta(hours=number), number, account_id=account_id))
    world.saboteur.is_resting = resting
    notifications = DynamoNotificationStore("jobs", aws.dynamodb, world.clock)
    reader = SabotagedReader(world.saboteur)
    rhythm = Rhythm(fixed_age=timedelta())
    services = Services(
        CONTENTS, ACCOUNTS, ORGANISATIONS, DUE, METRICS, notifications, lambda _: reader, world.engine, rhythm
    )
    handlers: Handlers = {JobType.SYNC_ANALYTICS: partial(sync_or_tell, services=services)}
    world.consumers = {"analytics": partial(consume, handlers=handlers, engine=world.engine)}
    for _ in range(2):
        world.survive(lambda: plan_syncs(limits=Limits(lambda: 180), services=services))
    world.settle()
    judge(world)


def judge(world: World) -> None:
    """Each post has one snapshot, and roll-ups and arms are what the posts add up to."""
    expect_once((job.status for job in world.jobs()), [JobStatus.COMPLETED] * 2)
    expect_once((str(job.payload["account_id"]) for job in world.jobs()), ["acme-on-x", "acme-too"])
    expect_once((job.result["recorded"] for job in world.jobs() if job.result), [1, 2])
    series = {f"post-{number}": METRICS.series("acme", f"post-{number}") for number in range(1, 4)}
    expect_once((post_id for post_id, snapshots in series.items() for _ in snapshots), list(series))
    likes = sum(snapshot.metrics.likes or 0 for snapshots in series.values() for snapshot in snapshots)
    day = world.clock().date()
    totals = METRICS.totals("acme", first=day - timedelta(days=2), last=day)
    everything = [each for (_, kind, _), each in totals.items() if kind is Dimension.ALL]
    assert sum(everything, Totals()) == Totals(posts=3, likes=likes, impressions=300, rated_engagements=likes)
    now = METRICS.arms("acme", at=world.clock())
    arms = {arm.value: (arm.posts, round(arm.posts * arm.mean * MILLION)) for arm in now}
    assert arms[EVERYTHING] == arms["twitter"] == arms["question"] == arms["tea"] == (3, likes * 10_000)
    assert world.dead_letters() == 0


def test_every_post_is_recorded_once_whatever_call_a_worker_dies_at() -> None:
    assert sweep(read_two_accounts) > 60
