"""Reads a Lambda's settings from its environment, once, reporting every problem at once."""

import json
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from functions.shared.kernel.errors import PermanentError


class EnvSettings(BaseModel):
    """Settings whose environment variable is the field's name in upper case."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Build from `environ`; an empty variable counts as missing.

        Raises PermanentError naming every bad or missing variable, without showing its value.
        """
        given = {name: environ[name.upper()] for name in cls.model_fields if environ.get(name.upper())}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            names = sorted({str(part["loc"][0]).upper() for part in error.errors()})
            raise PermanentError(f"bad or missing settings: {', '.join(names)}") from None


class EngineSettings(EnvSettings):
    """What every Lambda that runs or admits jobs is given."""

    jobs_table: str
    queue_urls: dict[str, str]
    retry_delays: tuple[int, ...] = Field(default=(60, 300, 900), description="seconds before each next run")
    longest_deferral_seconds: int = Field(default=86400, gt=0)
    most_deferrals: int = Field(default=50, gt=0)
    lease_seconds: int = Field(default=60, gt=0)
    heartbeat_seconds: float = Field(default=20, gt=0)
    dispatch_grace_seconds: int = Field(default=30, gt=0)
    redispatch_after_seconds: int = Field(default=60, gt=0)
    active_jobs_per_org: int = Field(default=50, gt=0)
    job_retention_days: int = Field(default=30, gt=0)

    @field_validator("queue_urls", mode="before")
    @classmethod
    def _decode_queue_urls(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("retry_delays", mode="before")
    @classmethod
    def _split_delays(cls, value: object) -> object:
        return tuple(value.split(",")) if isinstance(value, str) else value

    @field_validator("retry_delays")
    @classmethod
    def _within_sqs_maximum(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 0 <= delay <= 900 for delay in value):
            raise ValueError("SQS delays a message by at most 900 seconds")
        return value
