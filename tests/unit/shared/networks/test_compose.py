import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.shared.domain.network import Network
from functions.shared.kernel.errors import PermanentError
from functions.shared.networks.compose import compose, hashtags_in, length, problems
from functions.shared.networks.length import graphemes, link_spans
from functions.shared.networks.linkedin.rules import linkedin_escaped
from functions.shared.networks.registry.rules import RULES
from functions.shared.networks.x.rules import x_weight

LINK = "https://pages.example.org/demo/will-rates-fall-in-2027/"
FAMILY = "👩‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("hello", 5),
        ("Z\u00fcrich — “so” it goes…", 23),
        ("e\u0301", 1),
        ("日本語", 6),
        (FAMILY, 2),
        ("🇨🇭", 2),
        ("👍🏽", 2),
        ("3️⃣", 2),
        ("❤️", 2),
        ("🫩", 2),
        ("क्‍ष", 4),
        (LINK, 23),
        ("https://a.co", 23),
        (f"see {LINK}.", 28),
        ("see polymarket.com now", 31),
        ("U.S. rates, e.g. 3.5 or 4.25", 28),
        ("http://localhost:4566/x/y", 25),
        ("http://127.0.0.1:4566/demo/a/", 29),
        ("#tag @user", 10),
        ("mail me@example.com", 19),
        ("", 0),
    ],
)
def test_x_counts_letters_scripts_emoji_and_links_by_its_own_weights(text: str, weight: int) -> None:
    assert x_weight(text) == weight


def test_a_word_that_looks_like_a_domain_never_counts_less_than_x_counts_it() -> None:
    long_one = "a-rather-long-name-for-a-host.example.org/and/a/path"

    assert x_weight("end.Then") == 23
    assert x_weight(long_one) == len(long_one)


@pytest.mark.parametrize(
    "text", ["a." * 2500, "a.bc " * 1000, "x" * 5000, "x https://e.org/" + "(a" * 2500, "🇨" * 5000]
)
def test_counting_ends_on_texts_made_to_be_slow(text: str) -> None:
    started = time.process_time()
    for network in Network:
        compose(text, ["tag"], LINK, network)

    assert time.process_time() - started < 60, "seconds of processor time, whatever else the machine does"


def test_linkedin_length_is_counted_after_escaping_what_would_cut_the_post_off() -> None:
    text = r"\ | { } @ [ ] ( ) < > # * _ ~ plain"

    assert linkedin_escaped(text) == r"\\ \| \{ \} \@ \[ \] \( \) \< \> \# \* \_ \~ plain"
    assert length(text, Network.LINKEDIN) == len(text) + 15


def test_mastodon_counts_a_link_as_23_and_a_family_as_one() -> None:
    assert length(f"{FAMILY} {LINK}", Network.MASTODON) == 25


def test_bluesky_limits_graphemes_and_bytes() -> None:
    assert problems(FAMILY * 100, Network.BLUESKY) == []
    assert problems("x" * 301, Network.BLUESKY) == ["the text counts 301 where bluesky allows 300"]
    assert problems(FAMILY * 130, Network.BLUESKY) == ["the text has 3250 bytes where bluesky allows 3000"]


def test_problems_name_an_empty_text_too_many_hashtags_and_unpostable_characters() -> None:
    assert problems("  ", Network.TWITTER) == ["the text is empty"]
    assert problems("#a #b #c", Network.TWITTER) == ["the text has 3 hashtags where twitter takes 2"]
    assert problems("a\ud83db", Network.BLUESKY) == ["the text has characters that cannot be posted"]


def test_a_post_is_the_text_then_the_hashtags_then_the_link() -> None:
    assert (
        compose(" Rates may fall. ", ["Fed", "#Rates"], LINK, Network.TWITTER)
        == f"Rates may fall.\n\n#Fed #Rates\n\n{LINK}"
    )


def test_a_link_nobody_could_follow_is_left_out() -> None:
    assert compose("Rates may fall.", [], LINK, Network.INSTAGRAM) == "Rates may fall."


def test_hashtags_are_cleaned_deduplicated_and_limited() -> None:
    post = compose("On #Fed day", ["fed", "interest rates", "#", "2027", "US-Fed", "More"], None, Network.TWITTER)

    assert post == "On #Fed day\n\n#interestrates"
    assert hashtags_in(post) == ("Fed", "interestrates")


def test_hashtags_inside_the_text_beyond_the_limit_become_words() -> None:
    assert compose("#One #Two #Three", ["Four"], None, Network.TWITTER) == "#One #Two Three"


def test_hashtags_go_before_the_text_is_shortened() -> None:
    text = "word " * 48 + "ends."

    assert compose(text, ["Fed", "InterestRates"], LINK, Network.TWITTER) == f"{text}\n\n#Fed\n\n{LINK}"
    assert compose(text + " Goodbye", ["Fed"], LINK, Network.TWITTER) == f"{text} Goodbye\n\n{LINK}"


def test_a_long_text_ends_at_a_sentence_when_that_keeps_most_of_it() -> None:
    text = "The U.S. market says yes. " * 9 + "Then " + "more " * 40

    assert compose(text, [], None, Network.TWITTER) == ("The U.S. market says yes. " * 9).strip()


def test_a_long_sentence_ends_at_a_word_with_an_ellipsis() -> None:
    post = compose("Short. " + "word, " * 60, [], None, Network.TWITTER)

    assert post.endswith("word…")
    assert length(post, Network.TWITTER) in range(270, 281)


def test_a_text_without_spaces_ends_between_what_a_reader_sees_as_characters() -> None:
    assert compose(FAMILY * 200, [], None, Network.TWITTER) == FAMILY * 139 + "…"


def test_an_address_in_the_text_is_never_cut() -> None:
    post = compose("日" * 130 + LINK + "日" * 100, [], None, Network.TWITTER)

    assert post == "日" * 130 + "…"


def test_a_link_that_leaves_no_room_is_refused_rather_than_cut() -> None:
    with pytest.raises(PermanentError, match="without cutting a link"):
        compose("text", [], "https://example.org/" + "x" * 300, Network.BLUESKY)


anything = st.text(
    st.one_of(st.characters(), st.sampled_from(" \n.,#@/👩‍🇨️\u0301日aZ1")), min_size=1, max_size=700
).filter(lambda text: text.strip() != "")


@settings(max_examples=80, deadline=None)
@given(text=anything, tags=st.lists(st.text(max_size=20), max_size=10), link=st.sampled_from([None, LINK]))
@pytest.mark.parametrize("network", list(Network))
def test_whatever_a_model_writes_becomes_a_post_without_problems(
    text: str, tags: list[str], link: str | None, network: Network
) -> None:
    post = compose(text, tags, link, network)

    assert [problem for problem in problems(post, network) if problem != "the text is empty"] == []
    if link and RULES[network].links_clickable:
        assert post.endswith(link)


@given(text=st.text(max_size=200))
def test_links_are_found_in_order_and_apart(text: str) -> None:
    spans = link_spans(f"{text} {LINK} {text}")

    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert graphemes(LINK) in {end - start for start, end in spans}
