"""Reads the social queue: pointers to jobs, and messages sent by hand that name a content alone."""

import json
from datetime import UTC, datetime

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.shared.domain.content.store import ContentStore
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.consumer import read_pointer
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.kinds import describe_problems
from functions.shared.kernel.messages import Id, JobMessage


class ContentMessage(BaseModel):
    """`{"content_id", "title"}`, sent by hand: post this content on every account of its organisation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    content_id: Id
    title: str = Field(default="", max_length=300)


def read_message(record: SQSRecord, *, contents: ContentStore, engine: Engine) -> JobMessage | None:
    """The pointer, or None once the job that a bare message asks for is planned; a repeat plans the same job.

    Raises PermanentError naming what is wrong with the message, or the content that does not exist.
    """
    if not _is_bare(record.body):
        return read_pointer(record)
    try:
        message = ContentMessage.model_validate_json(record.body)
    except ValidationError as error:
        raise PermanentError(f"malformed queue message: {describe_problems(error)}") from None
    content = contents.find(message.content_id)
    if content is None:
        raise PermanentError(f"there is no content {message.content_id}")
    sent_at = datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC)
    submission = Submission(
        org_id=content.org_id,
        type=JobType.PUBLISH_CONTENT,
        payload=message.model_dump(),
        job_id=derived_id(sent_at, "message", record.message_id),
    )
    plan(submission, engine=engine)
    return None


def _is_bare(body: str) -> bool:
    """Whether the body names a content and no job."""
    try:
        value = json.loads(body)
    except ValueError:
        return False
    return isinstance(value, dict) and "content_id" in value and "job_id" not in value
