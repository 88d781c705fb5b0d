"""What a failed call of X means for a post, and for a look-up of one."""

from datetime import datetime

from functions.shared.errors import FlywheelError, OutcomeUnknown, PermanentError, TransientError
from functions.shared.x.answers import NoAnswer, Refused, explained, explanation_of, refusal


class DuplicateText(PermanentError):
    """X refused the text because the account has posted it before."""


def create_error(fault: Refused | NoAnswer, *, now: datetime) -> FlywheelError:
    """What a failed `POST /2/tweets` means: only a definite refusal says that no post was made."""
    if isinstance(fault, NoAnswer):
        if fault.sent:
            return OutcomeUnknown(f"X may or may not have made the post: {fault.cause}")
        return TransientError(f"X could not be reached: {fault.cause}")
    if fault.status >= 500 or fault.status == 408:
        return OutcomeUnknown(f"X may or may not have made the post: it answered {explained(fault)}")
    if fault.status == 403 and "duplicate content" in explanation_of(fault.body).lower():
        return DuplicateText("X refused the text because this account has posted the same before")
    return refusal(fault, what="the post", now=now)


def read_error(fault: Refused | NoAnswer, *, now: datetime) -> FlywheelError:
    """What a failed look-up means; one that X does not allow leaves the outcome unknown."""
    if isinstance(fault, NoAnswer):
        return TransientError(f"X could not be asked whether the post was made: {fault.cause}")
    if fault.status >= 500 or fault.status == 408:
        return TransientError(f"X could not be asked whether the post was made: it answered {explained(fault)}")
    if fault.status in (401, 429):
        return refusal(fault, what="the look-up", now=now)
    return OutcomeUnknown(f"X does not let the account's posts be read: it answered {explained(fault)}")
