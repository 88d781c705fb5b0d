"""What every publisher promises, tried on the fake, on the preview and on X over a stand-in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from functions.shared.content import Account, Post
from functions.shared.errors import OutcomeUnknown, RateLimited
from functions.shared.jobs.memory import memory_engine
from functions.shared.networks import Network
from functions.shared.store.memory import MemorySecrets
from functions.shared.x.authorisation import Authorisation
from functions.social_poster.publishers.memory import MemoryPublisher
from functions.social_poster.publishers.preview import PreviewPublisher
from functions.social_poster.publishers.publisher import Publisher
from functions.social_poster.publishers.x import XPublisher
from tests.clock import ManualClock
from tests.contents import a_post
from tests.standins.x import XStandIn, accepted_then_reset, rate_limited

NAMES = ["memory", "preview", "x"]
REMOTE = ["memory", "x"]


@dataclass
class Platform:
    """A publisher, what it made, and how to make its next answers go wrong."""

    publisher: Publisher
    made: Callable[[], list[str]]
    lose_next_answer: Callable[[], None]
    limit_next: Callable[[], None]


def an_account(clock: ManualClock, name: str) -> Account:
    return Account(
        org_id="acme",
        account_id="account-1",
        network=Network.TWITTER,
        publisher="preview" if name == "preview" else "x",
        name="@acme",
        secret_id="secret-1",
        created_at=clock(),
    )


def claimed(clock: ManualClock, **changes: object) -> Post:
    return a_post(clock(), claimed_at=clock(), **changes)


@pytest.fixture
def platform(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Platform]:
    if request.param == "memory":
        memory = MemoryPublisher()
        limited = RateLimited("slow down", retry_at=clock() + timedelta(minutes=5))
        yield Platform(
            memory,
            lambda: memory.accepted,
            lambda: setattr(memory, "lost_answers", 1),
            lambda: memory.refusals.append(limited),
        )
    elif request.param == "preview":
        yield Platform(PreviewPublisher("https://api.x.com"), list, lambda: None, lambda: None)
    else:
        secrets = MemorySecrets({"secret-1": {"access_token": "token-1"}})
        with XStandIn(clock=clock) as x:
            yield Platform(
                XPublisher(
                    x.base_url, Authorisation(secrets, memory_engine(clock=clock)), clock, settle=timedelta(minutes=3)
                ),
                lambda: x.texts,
                lambda: x.create_faults.append(accepted_then_reset()),
                lambda: x.create_faults.append(rate_limited(clock() + timedelta(minutes=5))),
            )


@pytest.mark.parametrize("platform", NAMES, indirect=True)
def test_a_post_that_was_never_made_is_not_found(platform: Platform, clock: ManualClock) -> None:
    assert platform.publisher.find(claimed(clock), an_account(clock, "x")) is None


@pytest.mark.parametrize("platform", NAMES, indirect=True)
def test_a_published_post_has_an_id(platform: Platform, clock: ManualClock) -> None:
    assert platform.publisher.publish(claimed(clock), an_account(clock, "x")).platform_id


@pytest.mark.parametrize("platform", REMOTE, indirect=True)
def test_a_made_post_is_found_under_its_id_and_no_other_post_is(platform: Platform, clock: ManualClock) -> None:
    post = claimed(clock, text="Tea & coffee <3\n\n#Tea\n\nhttps://site.example.org/tea/")

    made = platform.publisher.publish(post, an_account(clock, "x"))

    assert platform.publisher.find(post, an_account(clock, "x")) == made
    assert platform.publisher.find(claimed(clock, text="Tea & coffee"), an_account(clock, "x")) is None


@pytest.mark.parametrize("platform", REMOTE, indirect=True)
def test_a_lost_answer_is_an_unknown_outcome_that_can_be_looked_up(platform: Platform, clock: ManualClock) -> None:
    platform.lose_next_answer()
    with pytest.raises(OutcomeUnknown):
        platform.publisher.publish(claimed(clock), an_account(clock, "x"))

    assert platform.publisher.find(claimed(clock), an_account(clock, "x")) is not None
    assert platform.made() == [claimed(clock).text]


@pytest.mark.parametrize("platform", REMOTE, indirect=True)
def test_a_rate_limit_makes_nothing_and_tells_when_to_come_back(platform: Platform, clock: ManualClock) -> None:
    platform.limit_next()
    with pytest.raises(RateLimited) as limit:
        platform.publisher.publish(claimed(clock), an_account(clock, "x"))

    assert limit.value.retry_at == clock() + timedelta(minutes=5)
    assert platform.made() == []


@pytest.mark.parametrize("platform", REMOTE, indirect=True)
def test_a_remote_platform_is_given_time_to_show_a_post(platform: Platform) -> None:
    assert platform.publisher.settle > timedelta(minutes=2)
