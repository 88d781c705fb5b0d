"""What callers get about the API's health."""

from typing import Literal

from pydantic import Field

from functions.api.models import View


class Alive(View):
    """The API lives."""

    status: Literal["ok"] = "ok"


class PartHealth(View):
    """Whether one dependency answers."""

    status: Literal["ok", "degraded"]
    milliseconds: int
    reason: str | None = None


class Health(View):
    """Whether the API can do its work."""

    status: Literal["ok", "degraded"]
    parts: dict[str, PartHealth] = Field(description="Each table and each queue.")
