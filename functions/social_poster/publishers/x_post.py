"""A post as X's API takes it, and what X charges for it."""

from decimal import Decimal
from typing import Any

from functions.shared.post_length import link_spans

CREATE_PATH = "/2/tweets"

# Pay-per-use prices in US dollars: https://docs.x.com/x-api/getting-started/pricing
PRICE_OF_POST = Decimal("0.015")
PRICE_OF_POST_WITH_LINK = Decimal("0.20")


def create_body(text: str) -> dict[str, Any]:
    """The JSON of `POST /2/tweets`. The text is a language model's, which X asks to be told."""
    return {"text": text, "made_with_ai": True}


def price(text: str) -> Decimal:
    """What X charges for posting this text."""
    return PRICE_OF_POST_WITH_LINK if link_spans(text) else PRICE_OF_POST
