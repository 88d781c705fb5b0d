"""Objects in memory, with the contract of the real store."""

import hashlib
from dataclasses import dataclass, field

from functions.shared.kernel.objects.store import PreconditionFailed


@dataclass
class MemoryObjects:
    """Objects in a dictionary: key -> (bytes, media type)."""

    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)

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
        stored = self.get(key)
        if (if_absent and stored is not None) or (if_match is not None and (stored is None or stored[1] != if_match)):
            raise PreconditionFailed(key)
        self.objects[key] = (data, media_type)
        return _etag(data)

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def get(self, key: str) -> tuple[bytes, str] | None:
        if key not in self.objects:
            return None
        data = self.objects[key][0]
        return data, _etag(data)


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()}"'
