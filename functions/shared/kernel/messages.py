"""What crosses a queue: envelopes, versioned and frozen. A job's payload stays with its job. Decision 0001."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _printable(text: str) -> str:
    if any(not character.isprintable() for character in text):
        raise ValueError("must not contain line breaks or control characters")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)]
"""A non-empty text on one line."""

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-zA-Z_-]{1,64}$")]


class JobMessage(BaseModel):
    """A pointer to a job: the job itself is the only truth. Unknown fields are ignored, for old senders.

    `token` tells this message from every other of the same job; copies that a redrive makes of it keep it. A message
    of an older sender, or one written by hand, has none. Decision 0025.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = Field(default=1, ge=1, le=1)
    job_id: Id
    org_id: Id
    attempt: int = Field(ge=1)
    token: Id | None = None


class NoticeMessage(BaseModel):
    """A pointer to a notification that is to be delivered."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = Field(default=1, ge=1, le=1)
    org_id: Id
    notification_id: Id
