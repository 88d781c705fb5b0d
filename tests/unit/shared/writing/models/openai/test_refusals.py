"""What error answers of a model service mean for the queue."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError
from functions.shared.writing.models.openai.refusals import ErrorAnswer, KeyRefused, classify, retry_after

_NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def _classified(status: int, *, code: str = "", message: str = "", kind: str = "", **headers: str) -> FlywheelError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(ErrorAnswer(status, named, code=code, type=kind, message=message), now=_NOW)


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 504, 529])
def test_what_may_pass_is_transient(status: int) -> None:
    assert isinstance(_classified(status), TransientError)


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 405, 413, 418, 422])
def test_what_will_not_pass_is_permanent(status: int) -> None:
    assert isinstance(_classified(status), PermanentError)


@pytest.mark.parametrize("status", [400, 403, 429])
@pytest.mark.parametrize("code", ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"])
def test_an_unpaid_account_is_permanent_and_says_so(status: int, code: str) -> None:
    for error in (_classified(status, code=code, retry_after="3"), _classified(status, kind=code)):
        assert isinstance(error, PermanentError)
        assert "billing" in error.reason


@pytest.mark.parametrize(
    ("status", "named"),
    [(401, "OPENAI_SECRET_ID"), (403, "OPENAI_SECRET_ID"), (404, "OPENAI_MODEL"), (404, "OPENAI_BASE_URL")],
)
def test_a_refusal_names_the_setting_to_fix(status: int, named: str) -> None:
    assert named in _classified(status).reason


def test_a_refused_key_is_told_apart_and_never_quoted() -> None:
    error = _classified(401, message="Incorrect API key provided: sk-proj-123456.")
    assert isinstance(error, KeyRefused)
    assert "sk-" not in error.reason


def test_a_key_in_any_other_message_is_blotted_out() -> None:
    error = _classified(403, message="Project of sk-proj-Abc_123-xyz has no access\nto the model.")
    assert "Abc" not in error.reason
    assert "Project of [key] has no access to the model." in error.reason


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "20"}, 20),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "2500", "retry-after": "99"}, 2.5),
        ({"retry-after": "Sun, 22 Nov 2026 05:02:00 GMT"}, 120),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "1m30.5s"}, 90.5),
        ({"x-ratelimit-reset-tokens": "1h2m3s"}, 3723),
        ({"x-ratelimit-reset-tokens": "7"}, 7),
        (
            {
                "x-ratelimit-reset-requests": "12s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "50m",
                "x-ratelimit-remaining-tokens": "3000",
            },
            12,
        ),
        ({"retry-after": "0"}, 1),
        ({"x-ratelimit-reset-tokens": "20ms"}, 1),
        ({"retry-after": "Sat, 21 Nov 2026 05:00:00 GMT"}, 1),
        ({"retry-after": "9999999999999"}, 30 * 86400),
        ({"retry-after": "inf"}, 30 * 86400),
    ],
)
def test_a_rate_limit_waits_until_the_service_says(headers: dict[str, str], seconds: float) -> None:
    error = classify(ErrorAnswer(429, headers), now=_NOW)
    assert isinstance(error, RateLimited)
    assert error.retry_at == _NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": "soon"},
        {"retry-after": "-5"},
        {"retry-after": "nan"},
        {"retry-after": ""},
        {"x-ratelimit-reset-requests": "5 minutes", "x-ratelimit-reset-tokens": "²s"},
    ],
)
def test_a_rate_limit_that_does_not_say_until_when_is_transient(headers: dict[str, str]) -> None:
    assert isinstance(classify(ErrorAnswer(429, headers), now=_NOW), TransientError)
    assert retry_after(headers, now=_NOW) is None
