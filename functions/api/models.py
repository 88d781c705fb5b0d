"""What the models of several resources are made of. The bounds here are the ones the OpenAPI document shows."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.jobs.model import JobStatus

Time = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment as RFC 3339 in UTC."""

IdempotencyKeyText = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")]
"""1 to 255 visible ASCII characters."""


class Request(BaseModel):
    """A body: unknown fields are refused, so that a misspelt option is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class View(BaseModel):
    """A part of an answer, read from a domain object's attributes."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)


class Accepted(View):
    """Work that was taken in, and where to watch it."""

    job_id: str
    status: JobStatus
    status_url: str = Field(description="Absolute address of the job's status; poll it after `Retry-After` seconds.")
