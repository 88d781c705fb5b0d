"""The API Lambda: HTTP API events in, JSON out."""

import os
from functools import cache
from typing import Any

from functions.api.app import Api
from functions.api.settings import ApiSettings
from functions.api.wiring import build


@cache
def _api() -> Api:
    return build(ApiSettings.from_env(os.environ))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request."""
    return _api()(event, context)
