"""Uploads in memory, with the contract of the real ones."""

from dataclasses import dataclass, field
from datetime import datetime

from functions.api.documents.uploads import VALID_FOR, SignedUpload, upload_headers


@dataclass
class MemoryUploads:
    """Implements Uploads in a dictionary; a test puts the files there itself."""

    files: dict[str, bytes] = field(default_factory=dict)

    def sign(self, key: str, *, media_type: str, size: int, now: datetime) -> SignedUpload:
        return SignedUpload("PUT", f"https://uploads.example/{key}", upload_headers(media_type, size), now + VALID_FOR)

    def delete(self, key: str) -> None:
        self.files.pop(key, None)
