from typing import Any

import pytest

from functions.shared.networks.x.find import same_text

SENT = "Tea & coffee <3: 37.5%\n\n#Tea\n\nhttps://site.example.org/Acme/tea/"


def shown(text: str, *links: tuple[str, str]) -> dict[str, Any]:
    return {"id": "1", "text": text, "entities": {"urls": [{"url": u, "expanded_url": e} for u, e in links]}}


@pytest.mark.parametrize(
    "tweet",
    [
        shown(
            "Tea &amp; coffee &lt;3: 37.5%\n\n#Tea\n\nhttps://t.co/abc",
            ("https://t.co/abc", "https://site.example.org/Acme/tea/"),
        ),
        shown(
            "Tea &amp; coffee &lt;3: 37.5% #Tea https://t.co/abc",
            ("https://t.co/abc", "http://SITE.example.org/Acme/tea"),
        ),
        {"id": "1", "text": "Tea &amp; coffee &lt;3: 37.5%\n\n#Tea\n\nhttps://t.co/abc"},
    ],
)
def test_a_text_is_known_again_with_links_wrapped_and_characters_escaped(tweet: dict[str, Any]) -> None:
    assert same_text(tweet, SENT)


@pytest.mark.parametrize(
    "tweet",
    [
        shown("Tea &amp; coffee &lt;3: 37.5%\n\n#Tea"),
        shown(
            "Tea &amp; coffee &lt;3: 37.5%\n\n#Tea\n\nhttps://t.co/abc",
            ("https://t.co/abc", "https://site.example.org/Acme/coffee/"),
        ),
        shown("Tea &amp; coffee &lt;3: 38% #Tea https://t.co/abc"),
        {},
    ],
)
def test_another_text_or_link_is_another_post(tweet: dict[str, Any]) -> None:
    assert not same_text(tweet, SENT)


def test_accents_may_come_back_composed() -> None:
    assert same_text({"text": "caf\u00e9"}, "cafe\u0301")
