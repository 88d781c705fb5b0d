"""What administrators send and get about dead letters."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from functions.api.models import Request, Time, View
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.dead_letters.browse import DeadLetter
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.messages import Id

_Ids = Annotated[tuple[Id, ...], Field(max_length=100)]


class DeadLetterQueueView(View):
    """A dead-letter queue."""

    lane: str = Field(description="The queue whose failed messages it holds.")
    messages: int = Field(description="How many it holds, about.")


class DeadLetterQueueList(View):
    """Every dead-letter queue."""

    items: list[DeadLetterQueueView]


class DeadLetterView(View):
    """A message that could not be handled, and its job."""

    message_id: str
    job_id: str | None = Field(description="null when the message names no job.")
    org_id: str | None
    type: JobType | None = Field(description="null when the job is not stored any more.")
    status: JobStatus | None = Field(description="The job's status now.")
    reason: str = Field(description="Why the job failed, or what is wrong with the message.")
    failed_at: Time | None = Field(description="When the job failed.")
    sent_at: Time = Field(description="When the message was sent to its queue.")

    @classmethod
    def of(cls, dead: DeadLetter) -> Self:
        """The view of a dead letter."""
        return cls(
            message_id=dead.letter.message_id,
            job_id=dead.pointer.job_id if dead.pointer else None,
            org_id=dead.pointer.org_id if dead.pointer else None,
            type=JobType(dead.job.type) if dead.job else None,
            status=dead.job.status if dead.job else None,
            reason=dead.reason,
            failed_at=dead.job.finished_at if dead.job else None,
            sent_at=dead.letter.sent_at,
        )


class DeadLetterList(View):
    """Messages of one dead-letter queue, in no particular order."""

    items: list[DeadLetterView]
    messages: int = Field(description="How many the queue holds in all, about; a queue cannot be paged through.")


class RedriveRequest(Request):
    """Which messages to send back: all unless ids are given."""

    message_ids: _Ids | None = Field(default=None, description="Only these messages.")
    job_ids: _Ids | None = Field(default=None, description="Only the messages of these jobs.")

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.message_ids is not None and self.job_ids is not None:
            raise ValueError("give message_ids or job_ids, or neither to send everything back")
        return self

    @property
    def is_choice(self) -> bool:
        """Whether only some are meant."""
        return self.message_ids is not None or self.job_ids is not None


class RedriveView(View):
    """What was sent back."""

    lane: str
    moved: int = Field(description="How many messages this call sent back.")
    remaining: int = Field(description="How many are left, about; repeat the call until none is.")
    is_moving: bool = Field(description="SQS goes on moving the rest by itself: no need to repeat.")
