"""X through tweepy against the stand-in: every fault has one of three outcomes, and nothing is posted twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import Post, PostState
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.network import Network
from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.authorisation import Authorisation, TokenBeingRenewed
from functions.shared.networks.x.publish import XPublisher
from functions.social_poster.post_once import Claimant, post_once
from functions.social_poster.services import Services
from tests.support.clock import ManualClock
from tests.support.contents import a_post
from tests.support.engines import memory_engine
from tests.support.standins.model import ScriptedModel
from tests.support.standins.x import (
    Fault,
    XStandIn,
    accepted_then_dripped,
    accepted_then_reset,
    accepted_then_undecodable,
    duplicate,
    out_of_credits,
    problem,
    rate_limited,
    unauthorised,
    unavailable,
)

START = ManualClock()()
TEXT = "Tea & coffee: 37.5% 👍\n\n#Tea\n\nhttps://site.example.org/acme/tea/"


@dataclass
class Bench:
    """A stand-in for X, a publisher to it, and a post to make."""

    x: XStandIn
    clock: ManualClock
    contents: MemoryContentStore = field(default_factory=MemoryContentStore)
    secrets: MemorySecrets = field(default_factory=lambda: MemorySecrets({"secret-1": {"access_token": "token-1"}}))

    def __post_init__(self) -> None:
        self.engine = memory_engine(clock=self.clock)
        self.authorisation = Authorisation(self.secrets, self.engine)
        self.wait_at_most(seconds=20)
        self.account = Account(
            org_id="acme",
            account_id="x-1",
            network=Network.TWITTER,
            publisher="x",
            name="@acme",
            secret_id="secret-1",
            created_at=self.clock(),
        )
        self.contents.put(a_post(self.clock(), text=TEXT, publisher="x", account_id="x-1"))

    def wait_at_most(self, *, seconds: float) -> None:
        settle = timedelta(minutes=3)
        self.publisher = XPublisher(self.x.base_url, self.authorisation, self.clock, settle=settle, seconds=seconds)

    @property
    def post(self) -> Post:
        post = self.contents.get("acme", "post-1")
        assert isinstance(post, Post)
        return post

    def run(self) -> Post:
        services = Services(
            self.contents,
            MemoryAccountStore(),
            ScriptedModel(),
            lambda _: self.publisher,
            self.engine,
            MemoryMetrics(),
        )
        return post_once(self.post, self.account, Claimant(f"run-{self.clock()}", lambda: None), services=services)


@pytest.fixture
def bench(clock: ManualClock) -> Iterator[Bench]:
    with XStandIn(clock=clock) as x:
        yield Bench(x, clock)


def test_the_text_is_sent_as_it_is_and_said_to_be_a_models(bench: Bench) -> None:
    post = bench.run()

    assert bench.x.tweets[0].body == {"text": TEXT, "made_with_ai": True}
    assert post.platform_id == bench.x.tweets[0].id
    assert post.url == f"https://x.com/i/status/{post.platform_id}"
    assert bench.x.requests == ["POST /2/tweets"]


FAULTS = {
    "unavailable": (unavailable(), OutcomeUnknown, PostState.UNKNOWN),
    "rate limited": (rate_limited(START + timedelta(minutes=9)), RateLimited, PostState.PENDING),
    "unauthorised": (unauthorised(), TokenBeingRenewed, PostState.PENDING),
    "out of credits": (out_of_credits(), PermanentError, PostState.REJECTED),
    "forbidden": (problem(403, "You are not permitted to perform this action"), PermanentError, PostState.REJECTED),
    "duplicate": (duplicate(), PermanentError, PostState.REJECTED),
    "redirected": (Fault(307, headers={"Location": "/2/tweets"}), PermanentError, PostState.REJECTED),
    "odd error body": (Fault(400, b"[1]"), PermanentError, PostState.REJECTED),
    "reset": (Fault(then="reset"), OutcomeUnknown, PostState.UNKNOWN),
    "accepted, reset": (accepted_then_reset(), OutcomeUnknown, PostState.UNKNOWN),
    "accepted, dripping": (accepted_then_dripped(), OutcomeUnknown, PostState.UNKNOWN),
    "accepted, not JSON": (accepted_then_undecodable(), OutcomeUnknown, PostState.UNKNOWN),
    "accepted, no id": (accepted_then_undecodable(b'{"data": {}}'), OutcomeUnknown, PostState.UNKNOWN),
    "accepted, a list": (accepted_then_undecodable(b"[]"), OutcomeUnknown, PostState.UNKNOWN),
    "accepted, data a list": (accepted_then_undecodable(b'{"data": [1]}'), OutcomeUnknown, PostState.UNKNOWN),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_its_outcome_and_ends_with_one_post(bench: Bench, fault: str) -> None:
    injected, error, state = FAULTS[fault]
    bench.x.create_faults.append(injected)
    bench.wait_at_most(seconds=1 if injected.then == "drip" else 20)
    with pytest.raises(error):
        bench.run()
    bench.wait_at_most(seconds=20)
    assert bench.post.state is state
    assert bench.x.requests.count("POST /2/tweets") == 1

    for _ in range(3):
        bench.clock.advance(minutes=4)
        published = bench.run()

    assert published.state is PostState.PUBLISHED
    assert bench.x.texts == [TEXT]
    assert published.platform_id == bench.x.tweets[0].id


def test_a_platform_that_is_down_is_not_blamed_for_an_unknown_outcome(bench: Bench) -> None:
    down = XPublisher("http://127.0.0.1:1", bench.authorisation, bench.clock, settle=timedelta(minutes=3))

    with pytest.raises(TransientError, match="X could not be reached: no connection"):
        down.publish(bench.post, bench.account)


def test_a_base_url_that_is_none_is_a_permanent_error(bench: Bench) -> None:
    odd = XPublisher("nowhere", bench.authorisation, bench.clock, settle=timedelta(minutes=3))

    with pytest.raises(PermanentError, match="X_API_BASE_URL cannot be used"):
        odd.publish(bench.post, bench.account)


@pytest.mark.parametrize("secret", [{}, {"access_token": ""}, {"access_token": "to ken"}, {"access_token": "a\nb"}])
def test_an_account_without_a_usable_token_has_it_renewed_first(bench: Bench, secret: dict[str, str]) -> None:
    bench.secrets.put("secret-1", secret)

    with pytest.raises(TokenBeingRenewed, match="is being renewed"):
        bench.run()

    assert bench.post.state is PostState.PENDING
    assert bench.x.requests == []


def test_a_rotated_token_is_used_at_once(bench: Bench) -> None:
    bench.x.tokens = {"token-2": "1001"}
    with pytest.raises(TokenBeingRenewed):
        bench.run()

    bench.secrets.put("secret-1", {"access_token": "token-2"})

    assert bench.run().state is PostState.PUBLISHED


def test_a_text_x_calls_a_duplicate_is_taken_for_made_when_it_is_on_the_timeline(bench: Bench) -> None:
    bench.x.create("1001", {"text": TEXT})

    assert bench.run().platform_id == bench.x.tweets[0].id
    assert bench.x.texts == [TEXT]


def test_a_duplicate_that_is_older_than_the_intent_is_refused(bench: Bench) -> None:
    bench.x.create("1001", {"text": TEXT})
    bench.clock.advance(hours=2)
    bench.contents.put(bench.post.model_copy(update={"created_at": bench.clock()}))

    with pytest.raises(PermanentError, match="has posted the same before"):
        bench.run()


class TestLookingUp:
    @pytest.fixture
    def claimed(self, bench: Bench) -> Post:
        post = bench.post.model_copy(update={"state": PostState.UNKNOWN, "claimed_at": bench.clock()})
        bench.contents.put(post)
        return post

    def test_a_post_behind_many_others_is_found(self, bench: Bench, claimed: Post) -> None:
        for number in range(250):
            bench.x.create("1001", {"text": TEXT if number == 3 else f"post {number}"})

        found = bench.publisher.find(claimed, bench.account)

        assert found is not None
        assert found.platform_id == bench.x.tweets[3].id
        assert len(bench.x.requests) == 4

    def test_more_posts_than_are_looked_through_leave_it_open(self, bench: Bench, claimed: Post) -> None:
        for number in range(501):
            bench.x.create("1001", {"text": f"post {number}"})

        with pytest.raises(OutcomeUnknown, match="too many to look through"):
            bench.publisher.find(claimed, bench.account)

    def test_the_same_text_on_another_account_is_not_ours(self, bench: Bench, claimed: Post) -> None:
        bench.x.create("1002", {"text": TEXT})

        assert bench.publisher.find(claimed, bench.account) is None

    def test_a_clock_a_quarter_of_an_hour_ahead_does_not_hide_the_post(self, bench: Bench, claimed: Post) -> None:
        bench.x.create("1001", {"text": TEXT})
        ahead = claimed.model_copy(update={"claimed_at": bench.clock() + timedelta(minutes=15)})

        assert bench.publisher.find(ahead, bench.account) is not None

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            (unavailable(), TransientError),
            (Fault(then="reset"), TransientError),
            (Fault(200, then="drip"), TransientError),
            (unauthorised(), TokenBeingRenewed),
            (out_of_credits(), OutcomeUnknown),
            (problem(403, "Reading needs another plan"), OutcomeUnknown),
            (rate_limited(START + timedelta(minutes=9)), RateLimited),
            (Fault(200, b"<html>"), OutcomeUnknown),
            (Fault(200, b'{"errors": [{"detail": "partial"}]}'), OutcomeUnknown),
        ],
    )
    def test_a_look_up_that_fails_never_counts_as_absence(
        self, bench: Bench, claimed: Post, fault: Fault, error: type[FlywheelError]
    ) -> None:
        bench.x.read_faults.append(fault)
        bench.wait_at_most(seconds=1 if fault.then == "drip" else 20)
        bench.clock.advance(minutes=5)

        with pytest.raises(error):
            bench.run()

        assert bench.post.state is PostState.UNKNOWN
        assert bench.x.tweets == []

    @pytest.mark.parametrize(
        "page",
        [b"{}", b'{"meta": {"result_count": 2}, "data": []}', b'{"meta": {"result_count": 1}}', b'{"data": []}'],
    )
    def test_an_incomplete_timeline_never_counts_as_absence(self, bench: Bench, claimed: Post, page: bytes) -> None:
        bench.x.read_faults.extend([Fault(200, b'{"data": {"id": "1001"}}'), Fault(200, page)])

        with pytest.raises(OutcomeUnknown):
            bench.publisher.find(claimed, bench.account)
