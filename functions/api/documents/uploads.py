"""Where users put files themselves: by an address signed for one object, its media type and its exact length."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from functions.shared.kernel.aws import classified

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

VALID_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """A request that whoever has it may send until `expires_at`, with exactly these headers and the file as its body.

    The address is a credential: it is shown to its user and never logged.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class Uploads(Protocol):
    """The bucket of uploaded files, as far as those who let users upload need it."""

    def sign(self, key: str, *, media_type: str, size: int, now: datetime) -> SignedUpload:
        """Let a file of this type and of exactly `size` bytes be put under this key, for 15 minutes."""

    def delete(self, key: str) -> None:
        """Delete an object; nothing happens when there is none."""


@dataclass(frozen=True, slots=True)
class S3Uploads:
    """Implements Uploads. The client signs by Signature Version 4, whose signed headers S3 insists on."""

    bucket: str
    client: "Callable[[], S3Client]"

    def sign(self, key: str, *, media_type: str, size: int, now: datetime) -> SignedUpload:
        with classified("signing an upload"):
            url = self.client().generate_presigned_url(
                "put_object",
                Params={"Bucket": self.bucket, "Key": key, "ContentType": media_type, "ContentLength": size},
                ExpiresIn=int(VALID_FOR.total_seconds()),
            )
        return SignedUpload("PUT", url, upload_headers(media_type, size), now + VALID_FOR)

    def delete(self, key: str) -> None:
        with classified("deleting an uploaded file"):
            self.client().delete_object(Bucket=self.bucket, Key=key)


def upload_headers(media_type: str, size: int) -> dict[str, str]:
    """What must be sent with the file: both are signed."""
    return {"Content-Type": media_type, "Content-Length": str(size)}
