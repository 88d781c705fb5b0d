"""X, through tweepy against its stand-in, keeps what every network keeps."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.shared.domain.measured.model import Metrics
from functions.shared.domain.network import Network
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.authorisation import Authorisation
from functions.shared.networks.x.counts import XCountsReader
from functions.shared.networks.x.publish import XPublisher
from tests.contract.shared.networks.suite import (
    Counting,
    CountsContract,
    Faults,
    Platform,
    RemoteContract,
    RulesContract,
)
from tests.support.accounts import an_x_account
from tests.support.clock import ManualClock
from tests.support.engines import memory_engine
from tests.support.standins.x import Fault, XStandIn, accepted_then_reset, problem, rate_limited

COUNTS = {
    "like_count": "likes",
    "reply_count": "comments",
    "retweet_count": "shares",
    "impression_count": "impressions",
}


class TestX(RulesContract, RemoteContract, CountsContract):
    network = Network.TWITTER

    @pytest.fixture
    def x(self, clock: ManualClock) -> Iterator[XStandIn]:
        with XStandIn(clock=clock) as stand_in:
            yield stand_in

    @pytest.fixture
    def authorisation(self, clock: ManualClock) -> Authorisation:
        secrets = MemorySecrets({"secret-1": {"access_token": "token-1"}})
        return Authorisation(secrets, memory_engine(clock=clock))

    @pytest.fixture
    def platform(self, x: XStandIn, authorisation: Authorisation, clock: ManualClock) -> Platform:
        publisher = XPublisher(x.base_url, authorisation, clock, settle=timedelta(minutes=3))
        return Platform(publisher, an_x_account(clock(), secret_id="secret-1"), lambda: x.texts)

    @pytest.fixture
    def faults(self, x: XStandIn) -> Faults:
        forbidden = problem(403, "You are not permitted to perform this action")
        unseen = [Fault(200, b'{"data": {"id": "1001"}}'), Fault(200, b'{"data": []}')]
        return Faults(
            refuse=lambda: x.create_faults.append(forbidden),
            lose_the_answer=lambda: x.create_faults.append(accepted_then_reset()),
            limit_until=lambda reset: x.create_faults.append(rate_limited(reset)),
            refuse_the_token=lambda: x.tokens.clear(),
            take_the_token_again=lambda: x.tokens.update({"token-1": "1001"}),
            hide_the_posts=lambda: x.read_faults.extend(unseen),
        )

    @pytest.fixture
    def counting(self, x: XStandIn, authorisation: Authorisation, clock: ManualClock) -> Counting:
        reader = XCountsReader(x.base_url, authorisation, clock, seconds=20)

        def post(metrics: Metrics) -> str:
            _, answer = x.create("1001", {"text": f"post number {len(x.tweets)}"})
            platform_id = str(answer["data"]["id"])
            x.metrics.by_id[platform_id] = {theirs: getattr(metrics, ours) or 0 for theirs, ours in COUNTS.items()}
            return platform_id

        return Counting(
            reader,
            an_x_account(clock(), secret_id="secret-1"),
            post,
            x.delete,
            lambda reset: x.read_faults.append(rate_limited(reset)),
        )
