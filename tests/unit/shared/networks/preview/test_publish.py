from decimal import Decimal

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.network import Network
from functions.shared.networks.preview.publish import PreviewPublisher
from functions.shared.networks.x.rules import price
from tests.support.clock import ManualClock
from tests.support.contents import a_post

PREVIEW = PreviewPublisher({Network.TWITTER: "https://api.x.com"})


def an_account(clock: ManualClock) -> Account:
    return Account(
        org_id="acme",
        account_id="preview",
        network=Network.TWITTER,
        publisher="preview",
        name="Preview",
        created_at=clock(),
    )


def test_a_preview_for_x_is_the_whole_request_with_its_length_and_price_and_no_secret(clock: ManualClock) -> None:
    text = "Tea stands at 37.5%.\n\nhttps://site.example.org/acme/tea/"

    published = PREVIEW.publish(a_post(clock(), text=text), an_account(clock))

    assert published.preview == {
        "text": text,
        "length": 45,
        "limit": 280,
        "method": "POST",
        "url": "https://api.x.com/2/tweets",
        "headers": {"Authorization": "Bearer <access token>", "Content-Type": "application/json"},
        "body": {"text": text, "made_with_ai": True},
        "estimated_price_usd": "0.20",
    }


def test_a_preview_for_another_network_shows_text_and_length(clock: ManualClock) -> None:
    post = a_post(clock(), network=Network.LINKEDIN, text="Tea (hot)")

    assert PREVIEW.publish(post, an_account(clock)).preview == {"text": "Tea (hot)", "length": 11, "limit": 3000}


def test_the_same_post_has_the_same_preview_again(clock: ManualClock) -> None:
    post = a_post(clock())

    assert PREVIEW.publish(post, an_account(clock)) == PREVIEW.publish(post, an_account(clock))


def test_a_link_makes_a_post_thirteen_times_as_dear() -> None:
    assert price("Tea stands at 37.5%.") == Decimal("0.015")
    assert price("Tea: https://site.example.org") == Decimal("0.20")
