import pytest

from functions.shared.kernel.notifications.causes import cause_of, normalised
from functions.shared.kernel.notifications.job_failed import about_failure
from tests.support.clock import ManualClock
from tests.support.job_stores import a_job

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


def test_what_a_case_is_about_is_no_part_of_its_cause() -> None:
    one = normalised("there is no content no-such-page", ["no-such-page", "twitter"])
    assert one == normalised("there is no content Another", ["another"])
    assert one != normalised("there is no source no-such-page", ["no-such-page"])
    assert normalised("the team is away", ["tea", "is"]) == "the team is away", "whole names of three letters or more"
    assert normalised("a (b) [c] is wrong", ["(b) [c]"]) == "a # is wrong"


def test_jobs_that_fail_for_want_of_what_their_payloads_name_have_one_cause(clock: ManualClock) -> None:
    causes = {
        about_failure(
            a_job(clock, str(number), payload={"content_id": name}, error=f"there is no content {name}")
        ).cause
        for number, name in enumerate(["tea-page", "milk-page", "rum"])
    }
    assert len(causes) == 1
