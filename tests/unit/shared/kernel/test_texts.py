from hypothesis import given
from hypothesis import strategies as st

from functions.shared.kernel.texts import bounded, storable

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_whatever_is_said_can_be_stored(text: str) -> None:
    cleaned = storable(text)
    cleaned.encode()
    assert storable(cleaned) == cleaned


@given(st.text())
def test_what_can_be_stored_is_left_alone(text: str) -> None:
    assert storable(text) == text


def test_half_an_emoji_is_marked_and_two_halves_are_joined() -> None:
    assert storable("too long \ud83d") == "too long \ufffd"
    assert storable("\ude00\ud83d no") == "\ufffd\ufffd no"
    assert storable("\ud83d\ude00") == "😀"


def test_a_long_text_is_cut_off_visibly() -> None:
    assert bounded("abcdef", most=6) == "abcdef"
    assert bounded("abcdefg", most=6) == "abcde…"
    assert bounded("abcd😀".encode("utf-16", "surrogatepass").decode("utf-16"), most=5) == "abcd😀"
