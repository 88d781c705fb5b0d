"""Posting to an address a user gave, over real sockets on loopback."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from functions.notifier.guarded_post import Answer, GuardedPost
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.outbound import webhooks_bounds
from tests.support.standins.webhook_receiver import WebhookReceiver

HERE = webhooks_bounds(allow_loopback=True)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as server:
        yield server


def names(*addresses: str) -> Any:
    """A resolver for which every name has these addresses."""

    def resolve(host: str, port: int, *_: object) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    return resolve


def test_it_posts_body_and_headers_and_tells_the_status(receiver: WebhookReceiver) -> None:
    receiver.statuses.append(202)
    assert GuardedPost(HERE)(receiver.url, b"{}", {"webhook-id": "1"}).status == 202
    (hit,) = receiver.hits
    assert (hit.path, hit.body, hit.headers["webhook-id"]) == ("/hook?tenant=acme", b"{}", "1")


def test_it_tells_when_the_receiver_wants_to_be_called_again(receiver: WebhookReceiver) -> None:
    receiver.statuses.append(503)
    receiver.retry_after = "120"
    assert GuardedPost(HERE)(receiver.url, b"{}", {}) == Answer(503, "120")


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: WebhookReceiver) -> None:
    receiver.statuses.append(307)
    receiver.location = receiver.url
    assert GuardedPost(HERE)(receiver.url, b"{}", {}).status == 307
    assert len(receiver.hits) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["168.63.129.16"],
        ["8.8.8.8", "10.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::a9fe:a9fe"],
    ],
)
def test_a_name_that_leads_inside_the_network_is_refused_before_a_socket_opens(addresses: list[str]) -> None:
    post = GuardedPost(webhooks_bounds(), resolver=names(*addresses))
    with pytest.raises(PermanentError, match="may not be called"):
        post("https://hooks.example/", b"{}", {})


def test_an_answer_that_trickles_ends_with_the_deadline(receiver: WebhookReceiver) -> None:
    receiver.drip = True
    started = time.monotonic()
    with pytest.raises(TransientError, match="did not answer within"):
        GuardedPost(HERE, seconds=0.3)(receiver.url, b"{}", {})
    assert time.monotonic() - started < 2


def test_nobody_listening_is_worth_another_try() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(TransientError, match="cannot be reached"):
        GuardedPost(HERE)(f"http://127.0.0.1:{port}/", b"{}", {})


def test_a_name_that_does_not_exist_is_worth_another_try() -> None:
    def unknown(*_: object) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(TransientError, match="cannot be reached"):
        GuardedPost(HERE, resolver=unknown)("https://hooks.example/", b"{}", {})
