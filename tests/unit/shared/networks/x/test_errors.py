import json
from datetime import UTC, datetime, timedelta

import pytest

from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.networks.port import TokenRefused
from functions.shared.networks.x.errors import DuplicateText, NoAnswer, Refused, create_error, read_error

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)


def refused(status: int, body: object = None, **headers: str) -> Refused:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refused(status, named, b"<html>" if body is None else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("fault", "create", "read"),
    [
        (NoAnswer("no connection", sent=False), TransientError, TransientError),
        (NoAnswer("the connection broke"), OutcomeUnknown, TransientError),
        (refused(500), OutcomeUnknown, TransientError),
        (refused(503, ["not", "an", "object"]), OutcomeUnknown, TransientError),
        (refused(408), OutcomeUnknown, TransientError),
        (refused(401), TokenRefused, TokenRefused),
        (refused(402), PermanentError, OutcomeUnknown),
        (refused(400, {"errors": [{"message": "bad"}]}), PermanentError, OutcomeUnknown),
        (refused(403, {"detail": "You are not permitted"}), PermanentError, OutcomeUnknown),
        (
            refused(403, {"detail": "You are not allowed to create a Tweet with duplicate content."}),
            DuplicateText,
            OutcomeUnknown,
        ),
        (refused(404), PermanentError, OutcomeUnknown),
        (refused(302), PermanentError, OutcomeUnknown),
        (refused(429), RateLimited, RateLimited),
    ],
)
def test_each_answer_has_one_meaning_for_a_post_and_one_for_a_look_up(
    fault: Refused | NoAnswer, create: type[FlywheelError], read: type[FlywheelError]
) -> None:
    assert type(create_error(fault, now=NOW)) is create
    assert type(read_error(fault, now=NOW)) is read


@pytest.mark.parametrize(
    ("reset", "retry_at"),
    [
        (str(int((NOW + timedelta(minutes=7)).timestamp())), NOW + timedelta(minutes=7)),
        (str(int((NOW - timedelta(hours=1)).timestamp())), NOW + timedelta(seconds=5)),
        ("99999999999", NOW + timedelta(hours=25)),
        ("9" * 40, NOW + timedelta(minutes=15)),
        ("soon", NOW + timedelta(minutes=15)),
    ],
)
def test_a_rate_limit_ends_at_the_platforms_own_time_where_that_makes_sense(reset: str, retry_at: datetime) -> None:
    error = create_error(refused(429, x_rate_limit_reset=reset), now=NOW)

    assert isinstance(error, RateLimited)
    assert error.retry_at == retry_at


def test_a_rate_limit_without_a_time_ends_after_a_window() -> None:
    error = create_error(refused(429), now=NOW)

    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(minutes=15)


def test_a_refusal_quotes_what_x_says_on_one_line_and_not_all_of_it() -> None:
    detail = "Bad\nrequest " + "x" * 1000

    reason = create_error(refused(400, {"detail": detail, "errors": [{"message": "text"}, "odd"]}), now=NOW).reason

    assert reason.startswith("X refused the post: 400 (Bad request xxx")
    assert len(reason) < 400
