"""The port to a bucket of objects."""

from typing import Protocol


class PreconditionFailed(Exception):
    """The object is not as the writer saw it, so nothing was written."""


class ObjectStore(Protocol):
    """A bucket."""

    def put(
        self,
        key: str,
        data: bytes,
        media_type: str,
        *,
        cache_control: str | None = None,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        """Store an object and return its etag; PreconditionFailed when the condition given does not hold."""

    def delete(self, key: str) -> None:
        """Delete an object; nothing happens when there is none."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object's bytes and etag, or None."""
