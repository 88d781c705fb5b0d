"""What every network keeps, as classes of tests that its own test inherits: docs/adding-a-network.md says how.

`RulesContract` is for every network there is, `PublisherContract` for what publishes, `RemoteContract` for what
publishes over a connection that may break, `CountsContract` for what tells counts.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Post
from functions.shared.domain.measured.model import Metrics
from functions.shared.domain.network import Network
from functions.shared.kernel.errors import OutcomeUnknown, PermanentError, RateLimited
from functions.shared.networks.compose import compose, hashtags_in, problems
from functions.shared.networks.port import CountsReader, Publisher
from functions.shared.networks.registry.rules import RULES
from tests.support.clock import ManualClock
from tests.support.contents import a_post

TEXT = "Tea & coffee <3: 37.5% 👍\n\n#Tea\n\nhttps://site.example.org/tea/"
LINK = "https://site.example.org/tea/"


@dataclass(frozen=True)
class Platform:
    """A publisher over a stand-in, with an account on it; `made` are the texts that the platform has by now."""

    publisher: Publisher
    account: Account
    made: Callable[[], list[str]]


@dataclass(frozen=True)
class Faults:
    """How a stand-in is made to go wrong at the next post."""

    refuse: Callable[[], None]
    lose_the_answer: Callable[[], None]
    limit_until: Callable[[datetime], None]
    refuse_the_token: Callable[[], None]
    take_the_token_again: Callable[[], None]
    hide_the_posts: Callable[[], None]


@dataclass(frozen=True)
class Counting:
    """A reader over a stand-in: `post` makes a post with these counts and gives its id there."""

    reader: CountsReader
    account: Account
    post: Callable[[Metrics], str]
    delete: Callable[[str], None]
    limit_until: Callable[[datetime], None]


class RulesContract(ABC):
    """The rules of a network hold together, and every post that is composed keeps them."""

    network: ClassVar[Network]

    def test_a_text_of_just_the_allowed_length_is_taken_and_a_longer_one_named(self) -> None:
        longest = RULES[self.network].max_length

        assert problems("x" * longest, self.network) == []
        assert problems("x" * (longest + 1), self.network) == [
            f"the text counts {longest + 1} where {self.network} allows {longest}"
        ]

    @pytest.mark.parametrize("unit", ["word ", "Wörter ", "世界", "👍🏽 ", "#tag ", "a.b ", "(x) "])
    def test_whatever_is_too_long_is_composed_to_fit(self, unit: str) -> None:
        post = compose(unit * 3000, ["Tea", "Coffee"], LINK, self.network)

        assert problems(post, self.network) == []
        assert post.strip()

    def test_no_more_hashtags_are_put_in_than_are_taken(self) -> None:
        post = compose("Tea", [f"Tag{number}" for number in range(50)], None, self.network)

        assert len(hashtags_in(post)) == RULES[self.network].max_hashtags

    def test_a_link_is_there_whole_where_it_can_be_followed_and_not_at_all_elsewhere(self) -> None:
        post = compose("word " * 3000, [], LINK, self.network)

        assert (LINK in post) is RULES[self.network].links_clickable

    def test_writers_are_told_how_the_network_is_written_for(self) -> None:
        assert RULES[self.network].style.endswith(".")


class PublisherContract(ABC):
    """A publisher makes a post and names it, and finds nothing that was never made."""

    @pytest.fixture
    @abstractmethod
    def platform(self, clock: ManualClock) -> Platform:
        """The network's own, over its stand-in."""

    def test_a_published_post_has_an_id(self, platform: Platform, clock: ManualClock) -> None:
        assert platform.publisher.publish(claimed(clock), platform.account).platform_id

    def test_a_post_that_was_never_made_is_not_found(self, platform: Platform, clock: ManualClock) -> None:
        assert platform.publisher.find(claimed(clock), platform.account) is None


class RemoteContract(PublisherContract):
    """Nothing is posted twice over a connection, whatever the platform answers or fails to."""

    @pytest.fixture
    @abstractmethod
    def faults(self, platform: Platform) -> Faults:
        """How the platform's stand-in goes wrong."""

    def test_the_text_arrives_as_it_was_written(self, platform: Platform, clock: ManualClock) -> None:
        platform.publisher.publish(claimed(clock), platform.account)

        assert platform.made() == [TEXT]

    def test_a_made_post_is_found_under_its_id_and_no_other_post_is(
        self, platform: Platform, clock: ManualClock
    ) -> None:
        made = platform.publisher.publish(claimed(clock), platform.account)

        assert platform.publisher.find(claimed(clock), platform.account) == made
        assert platform.publisher.find(claimed(clock, text="Tea & coffee"), platform.account) is None

    def test_a_refusal_is_permanent_and_makes_nothing(
        self, platform: Platform, faults: Faults, clock: ManualClock
    ) -> None:
        faults.refuse()
        with pytest.raises(PermanentError) as refused:
            platform.publisher.publish(claimed(clock), platform.account)

        assert len(refused.value.reason) > 20
        assert platform.made() == []

    def test_a_lost_answer_is_an_unknown_outcome_that_can_be_looked_up(
        self, platform: Platform, faults: Faults, clock: ManualClock
    ) -> None:
        faults.lose_the_answer()
        with pytest.raises(OutcomeUnknown):
            platform.publisher.publish(claimed(clock), platform.account)

        assert platform.publisher.find(claimed(clock), platform.account) is not None
        assert platform.made() == [TEXT]

    def test_posts_that_cannot_be_seen_leave_the_outcome_unknown(
        self, platform: Platform, faults: Faults, clock: ManualClock
    ) -> None:
        faults.hide_the_posts()
        with pytest.raises(OutcomeUnknown):
            platform.publisher.find(claimed(clock), platform.account)

    def test_a_rate_limit_makes_nothing_and_tells_when_to_come_back(
        self, platform: Platform, faults: Faults, clock: ManualClock
    ) -> None:
        faults.limit_until(clock() + timedelta(minutes=5))
        with pytest.raises(RateLimited) as limit:
            platform.publisher.publish(claimed(clock), platform.account)

        assert limit.value.retry_at == clock() + timedelta(minutes=5)
        assert platform.made() == []

    def test_an_expired_token_makes_nothing_and_the_post_waits_for_another(
        self, platform: Platform, faults: Faults, clock: ManualClock
    ) -> None:
        faults.refuse_the_token()
        with pytest.raises(RateLimited) as waiting:
            platform.publisher.publish(claimed(clock), platform.account)
        assert waiting.value.retry_at > clock()
        assert platform.made() == []

        faults.take_the_token_again()
        platform.publisher.publish(claimed(clock), platform.account)
        assert platform.made() == [TEXT]

    def test_it_is_given_time_to_show_a_post(self, platform: Platform) -> None:
        assert platform.publisher.settle > timedelta(minutes=2)


class CountsContract(ABC):
    """Counts are told by the platform's ids; what is gone is said to be, and no number is made up."""

    @pytest.fixture
    @abstractmethod
    def counting(self, clock: ManualClock) -> Counting:
        """The network's own, over its stand-in."""

    def test_counts_are_told_by_the_platforms_ids(self, counting: Counting) -> None:
        counts = [
            Metrics(likes=3, comments=2, shares=5, impressions=700),
            Metrics(likes=0, comments=0, shares=0, impressions=0),
        ]
        ids = [counting.post(each) for each in counts]

        answer = counting.reader.read(counting.account, ids)

        assert answer.told == dict(zip(ids, counts, strict=True))
        assert answer.gone == frozenset()

    def test_a_deleted_post_is_gone_and_the_others_are_told(self, counting: Counting) -> None:
        kept, deleted = (counting.post(Metrics(likes=1, comments=0, shares=0, impressions=9)) for _ in range(2))
        counting.delete(deleted)

        answer = counting.reader.read(counting.account, [kept, deleted])

        assert (set(answer.told), set(answer.gone)) == ({kept}, {deleted})
        assert counting.reader.read(counting.account, [deleted]).gone == {deleted}

    def test_as_many_posts_as_it_says_are_read_with_one_call(self, counting: Counting) -> None:
        most = counting.reader.most_posts
        ids = [counting.post(Metrics(likes=n, comments=0, shares=0, impressions=9)) for n in range(most)]

        told = counting.reader.read(counting.account, ids).told

        assert [told[each].likes for each in ids] == list(range(most))

    def test_a_rate_limit_tells_when_to_come_back(self, counting: Counting, clock: ManualClock) -> None:
        reset = clock() + timedelta(hours=3, seconds=7)
        counting.limit_until(reset)

        with pytest.raises(RateLimited) as limited:
            counting.reader.read(counting.account, ["1"])

        assert limited.value.retry_at == reset


def claimed(clock: ManualClock, **changes: object) -> Post:
    """A post that a run has claimed just now."""
    return a_post(clock(), claimed_at=clock(), **{"text": TEXT, **changes})
