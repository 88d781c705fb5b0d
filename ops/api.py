"""Calls the deployed HTTP API as a user would."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx2

from ops.errors import OpsError


class Api:
    """The HTTP API for one caller. Every call raises OpsError unless it succeeds."""

    def __init__(self, api_url: str, token: str) -> None:
        # Without trust_env=False, a proxy meant for the internet would be asked for this machine's engine.
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx2.Client(base_url=api_url, headers=headers, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str) -> Any:
        """The answer's JSON."""
        return self._call("GET", path, params=parameters)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer's JSON."""
        return self._call("POST", path, json=dict(body))

    def newest(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """The newest of a list, at most 100."""
        items: list[dict[str, Any]] = self.get(path, limit="100", **parameters)["items"]
        return items

    def _call(self, method: str, path: str, **request: Any) -> Any:
        try:
            response = self._client.request(method, path, **request)
        except httpx2.TransportError as error:
            raise OpsError(f"The API could not be reached: {error}") from error
        if not response.is_success:
            raise OpsError(f"{method} {path} was answered with {response.status_code}: {response.text[:500]}")
        return response.json()
