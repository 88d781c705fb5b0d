import pytest

from functions.shared.kernel.notifications.causes import cause_of, normalised

ALIKE = [
    ("https://a.example/feed answered 404", "https://b.example/other?x=1 answered 404"),
    ("the topic 'tea' is too long", "the topic 'green tea' is too long"),
    ('there is no content "page-17"', 'there is no content "other"'),
    ("job 01a201a0-1c80-750f-a263-ccf05009e872 was lost 3 times", "job 7 was lost 12 times"),
    ("The quota is used up (gave up after 4 runs)", "the quota  is used up (gave up after 2 runs)"),
    ("/api/sources/7 cannot be read", "/api/sources/blog cannot be read"),
    ("ops@a.example refused it", "it@b.example refused it"),
    ("“Tea” is not a market’s name", "“Coffee” is not a market’s name"),
]
APART = [
    ("it answered 401", "it answered 500"),
    ("the model answered 429: too many requests", "the model answered 503: too many requests"),
    ("there is no source", "there is no account"),
    ("its worker didn't answer, it's gone", "its worker didn't start, it's gone"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_reasons_that_differ_in_the_single_case_are_one_cause(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_reasons_that_differ_in_kind_are_causes_of_their_own(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


def test_the_same_reason_of_another_kind_of_thing_is_another_cause() -> None:
    assert cause_of("job.failed", "A jobs", "no") != cause_of("job.failed", "B jobs", "no")
    assert cause_of("job.failed", "A jobs", "no") == cause_of("job.failed", "A jobs", "No.")


def test_half_an_emoji_in_a_reason_has_a_cause() -> None:
    assert len(cause_of("job.failed", "A jobs", "it said \ud83d")) == 32
