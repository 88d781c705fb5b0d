from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import Post, PostState
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.network import Network
from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.networks.memory.publish import MemoryPublisher
from functions.shared.networks.port import Published
from functions.social_poster.post_once import Claimant, post_once
from functions.social_poster.services import Services
from tests.support.clock import ManualClock
from tests.support.contents import a_post
from tests.support.engines import memory_engine
from tests.support.notices import want
from tests.support.standins.model import ScriptedModel


class Crash(BaseException):
    """The process died."""


@dataclass
class CrashPoints:
    """Dies at the given point; each store write and outside call has one before it and one after it."""

    die_at: int | None = None
    passed: int = 0

    def around(self, call: Callable[[], Any]) -> Any:
        self._point()
        result = call()
        self._point()
        return result

    def _point(self) -> None:
        self.passed += 1
        if self.passed == self.die_at:
            raise Crash


@dataclass
class FragileStore(MemoryContentStore):
    points: CrashPoints = field(default_factory=CrashPoints)

    def claim_post(self, before: Post, after: Post, *, also: Notification | None = None) -> bool:
        return bool(self.points.around(lambda: super(FragileStore, self).claim_post(before, after, also=also)))


@dataclass
class FragilePublisher(MemoryPublisher):
    points: CrashPoints = field(default_factory=CrashPoints)

    def publish(self, post: Post, account: Account) -> Published:
        published: Published = self.points.around(lambda: super(FragilePublisher, self).publish(post, account))
        return published


@dataclass
class Bench:
    """One pending post on a platform in memory, and runs over it."""

    clock: ManualClock
    points: CrashPoints = field(default_factory=CrashPoints)
    runs: int = 0
    wanted: tuple[NotificationKind, ...] = ()

    def __post_init__(self) -> None:
        self.platform = FragilePublisher(points=self.points)
        self.contents = FragileStore(points=self.points)
        self.contents.put(a_post(self.clock()))
        self.notices = MemoryNotificationStore()
        if self.wanted:
            want(self.notices, self.clock, *self.wanted)

    @property
    def post(self) -> Post:
        post = self.contents.get("acme", "post-1")
        assert isinstance(post, Post)
        return post

    def services(self, contents: MemoryContentStore | None = None, platform: MemoryPublisher | None = None) -> Services:
        return Services(
            contents=contents or self.contents,
            accounts=MemoryAccountStore(),
            model=ScriptedModel(),
            publishers=lambda name: platform or self.platform,
            engine=replace(memory_engine(clock=self.clock), store=MemoryJobStore(notifications=self.notices)),
            metrics=MemoryMetrics(),
        )

    def run(self, services: Services | None = None, before_posting: Callable[[], None] = lambda: None) -> Post:
        self.runs += 1
        account = Account(
            org_id="acme",
            account_id="x-1",
            network=Network.TWITTER,
            publisher="x",
            name="@acme",
            created_at=self.clock(),
        )
        return post_once(
            self.post, account, Claimant(f"run-{self.runs}", before_posting), services=services or self.services()
        )

    def run_until_published(self, most: int = 6) -> Post:
        """As the job engine would: again after each error, when it says so."""
        for _ in range(most):
            try:
                return self.run()
            except RateLimited as error:
                self.clock.now = error.retry_at
            except FlywheelError:
                self.clock.advance(minutes=1)
        raise AssertionError(f"still {self.post.state} after {most} runs")


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


def test_a_pending_post_is_published_once_and_stays_published(bench: Bench) -> None:
    first, second = bench.run(), bench.run()

    assert first == second == bench.post
    assert (first.state, first.platform_id, first.url) == ("published", "1", "https://platform.example/1")
    assert len(bench.platform.accepted) == 1


def test_the_claim_is_stored_before_the_platform_is_called(bench: Bench) -> None:
    seen: list[tuple[PostState, str | None]] = []

    class Watching(MemoryPublisher):
        def publish(self, post: Post, account: Account) -> Published:
            seen.append((bench.post.state, bench.post.claimed_by))
            return super().publish(post, account)

    bench.run(bench.services(platform=Watching()))

    assert seen == [(PostState.PUBLISHING, "run-1")]


def test_a_post_that_arrived_although_its_answer_was_lost_is_found_and_not_repeated(bench: Bench) -> None:
    bench.platform.lost_answers = 1
    with pytest.raises(OutcomeUnknown):
        bench.run()
    assert bench.post.state is PostState.UNKNOWN
    assert "a retry looks there first" in (bench.post.error or "")

    published = bench.run()

    assert (published.state, published.error) == ("published", None)
    assert len(bench.platform.accepted) == 1


def test_a_missing_post_is_repeated_only_after_the_settle_time(bench: Bench) -> None:
    bench.platform.refusals = [OutcomeUnknown("no answer")]
    with pytest.raises(OutcomeUnknown):
        bench.run()
    claimed_at = bench.clock()
    bench.clock.advance(seconds=60)
    with pytest.raises(RateLimited) as wait:
        bench.run()
    assert wait.value.retry_at == claimed_at + bench.platform.settle
    assert bench.platform.accepted == []

    bench.clock.now = wait.value.retry_at
    bench.run()

    assert len(bench.platform.accepted) == 1


def test_while_it_cannot_be_told_whether_a_post_was_made_nothing_is_sent(bench: Bench) -> None:
    bench.platform.refusals = [OutcomeUnknown("no answer")]
    bench.platform.blind = True
    for _ in range(4):
        with pytest.raises(OutcomeUnknown):
            bench.run()
        bench.clock.advance(hours=1)

    assert bench.post.state is PostState.UNKNOWN
    assert "the timeline cannot be read. Check the account" in (bench.post.error or "")
    assert bench.platform.accepted == []


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        (PermanentError("X refused the post: 403"), PostState.REJECTED),
        (TransientError("no connection"), PostState.PENDING),
    ],
)
def test_a_definite_refusal_is_stored_and_a_later_run_may_post(
    bench: Bench, refusal: FlywheelError, state: PostState
) -> None:
    bench.platform.refusals = [refusal]
    with pytest.raises(type(refusal)):
        bench.run()
    assert (bench.post.state, bench.post.error) == (state, refusal.reason)

    assert bench.run().state is PostState.PUBLISHED
    assert len(bench.platform.accepted) == 1


def test_a_rate_limit_puts_the_post_back_and_passes_on_the_time(bench: Bench) -> None:
    retry_at = bench.clock() + timedelta(hours=2)
    bench.platform.refusals = [RateLimited("X's rate limit is reached", retry_at=retry_at)]

    with pytest.raises(RateLimited) as limit:
        bench.run()

    assert limit.value.retry_at == retry_at
    assert bench.post.state is PostState.PENDING


def test_a_run_beside_the_one_that_posts_sends_nothing(bench: Bench) -> None:
    bench.platform.settle = timedelta(minutes=3)

    class Slow(MemoryPublisher):
        def publish(self, post: Post, account: Account) -> Published:
            with pytest.raises(RateLimited):
                bench.run()
            return super().publish(post, account)

    slow = Slow()
    bench.run(bench.services(platform=slow))

    assert len(slow.accepted) + len(bench.platform.accepted) == 1
    assert bench.post.state is PostState.PUBLISHED


def test_of_two_runs_that_claim_at_once_only_one_posts(bench: Bench) -> None:
    class Overtaken(MemoryContentStore):
        def claim_post(self, before: Post, after: Post, *, also: Notification | None = None) -> bool:
            if before.state is PostState.PENDING:
                bench.run()
            return bench.contents.claim_post(before, after, also=also)

        def get(self, org_id: str, content_id: str) -> Any:
            return bench.contents.get(org_id, content_id)

    assert bench.run(bench.services(contents=Overtaken())).state is PostState.PUBLISHED
    assert len(bench.platform.accepted) == 1


def test_a_success_is_recorded_even_if_another_run_touched_the_claim(bench: Bench) -> None:
    class Meddled(MemoryPublisher):
        def publish(self, post: Post, account: Account) -> Published:
            published = super().publish(post, account)
            bench.contents.put(bench.post.model_copy(update={"state": PostState.UNKNOWN, "claimed_by": "other"}))
            return published

    post = bench.run(bench.services(platform=Meddled()))

    assert (post.state, bench.post.state) == ("published", "published")


def test_a_run_that_may_not_go_on_claims_nothing(bench: Bench) -> None:
    def stop() -> None:
        raise Crash

    with pytest.raises(Crash):
        bench.run(before_posting=stop)

    assert bench.post.state is PostState.PENDING


@pytest.mark.parametrize("lost_answers", [0, 1])
def test_a_crash_at_any_point_loses_no_post_and_makes_no_second(lost_answers: int) -> None:
    smooth = Bench(ManualClock())
    smooth.platform.lost_answers = lost_answers
    smooth.run_until_published()
    assert smooth.points.passed > 4

    for point in range(1, smooth.points.passed + 1):
        bench = Bench(ManualClock(), CrashPoints(die_at=point))
        bench.platform.lost_answers = lost_answers
        try:
            bench.run_until_published()
        except Crash:
            bench.clock.advance(minutes=2)
            bench.run_until_published()

        assert bench.post.state is PostState.PUBLISHED, f"crash point {point}"
        assert len(bench.platform.accepted) == 1, f"crash point {point}"


@pytest.mark.parametrize("die_at", [None, *range(1, 7)])
def test_a_published_post_is_told_once_where_somebody_wants_it_wherever_a_run_dies(
    die_at: int | None, clock: ManualClock
) -> None:
    bench = Bench(clock, wanted=(NotificationKind.POST_PUBLISHED,))
    bench.points.die_at = die_at
    if die_at is not None:
        with pytest.raises(Crash):
            bench.run()
    post = bench.run_until_published()
    (notice,) = bench.contents.told
    assert (notice.kind, notice.created_at) == ("post.published", post.published_at)
    assert notice.details is not None
    assert (notice.details["content_id"], notice.details["url"]) == (post.content_id, post.url)


def test_a_published_post_is_told_to_nobody_who_did_not_ask(bench: Bench) -> None:
    bench.run()
    assert bench.contents.told == []
