import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.cursors import Listing
from functions.api.refusals import BadFields

JOBS = Listing("jobs", "acme", ("queued", None))


def made(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_cursor_leads_back_to_its_position() -> None:
    assert JOBS.position(JOBS.cursor("job-1")) == "job-1"


def test_the_beginning_and_the_end_have_no_cursor() -> None:
    assert JOBS.position(None) is None
    assert JOBS.cursor(None) is None


@pytest.mark.parametrize(
    "other",
    [
        Listing("jobs", "rival", ("queued", None)),
        Listing("content", "acme", ("queued", None)),
        Listing("jobs", "acme", (None, "queued")),
        Listing("jobs", "acme", ("failed", None)),
    ],
)
def test_a_cursor_of_another_list_is_refused(other: Listing) -> None:
    with pytest.raises(BadFields, match="cursor"):
        JOBS.position(other.cursor("job-1"))


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "====",
        "é",
        "[]",
        made([]),
        made(["job-1"]),
        made(["job-1", "digest", 3]),
        made([1, "digest"]),
        made({"position": "job-1"}),
        made("job-1"),
        "A" * 100_000,
        made([["["] * 100, "x"]),
    ],
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadFields):
        JOBS.position(cursor)


@pytest.mark.parametrize("position", ["job-1", "-1", "²", "1 "])
def test_a_list_that_is_counted_goes_on_at_a_number_alone(position: str) -> None:
    assert (JOBS.number(None), JOBS.number(JOBS.cursor("50"))) == (0, 50)
    with pytest.raises(BadFields, match="cursor"):
        JOBS.number(JOBS.cursor(position))


def test_a_position_too_long_for_a_key_is_refused() -> None:
    with pytest.raises(BadFields):
        JOBS.position(JOBS.cursor("x" * 300))


@given(st.text(max_size=200))
def test_no_text_is_mistaken_for_a_cursor(text: str) -> None:
    with pytest.raises(BadFields):
        JOBS.position(text)


@given(st.integers(min_value=0), st.characters(codec="ascii", categories=["L", "N"]))
def test_a_changed_cursor_never_leads_elsewhere(index: int, character: str) -> None:
    cursor = JOBS.cursor("0190f0c2-job")
    assert cursor is not None
    place = index % len(cursor)
    changed = cursor[:place] + character + cursor[place + 1 :]
    with suppress(BadFields):
        assert JOBS.position(changed) == "0190f0c2-job"
