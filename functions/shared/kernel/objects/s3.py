"""Objects on S3."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.kernel.aws import classified
from functions.shared.kernel.objects.store import PreconditionFailed

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_CONDITION_FAILED = ("PreconditionFailed", "ConditionalRequestConflict")


@dataclass(frozen=True, slots=True)
class S3Objects:
    """Implements ObjectStore."""

    bucket: str
    client: "Callable[[], S3Client]"

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
        conditions: dict[str, Any] = {"CacheControl": cache_control, "IfMatch": if_match}
        conditions["IfNoneMatch"] = "*" if if_absent else None
        given = {name: value for name, value in conditions.items() if value is not None}
        with classified(f"storing {key}"):
            try:
                answer = self.client().put_object(
                    Bucket=self.bucket, Key=key, Body=data, ContentType=media_type, **given
                )
            except ClientError as error:
                if error.response["Error"]["Code"] in _CONDITION_FAILED:
                    raise PreconditionFailed(key) from None
                raise
        return answer["ETag"]

    def delete(self, key: str) -> None:
        with classified(f"deleting {key}"):
            self.client().delete_object(Bucket=self.bucket, Key=key)

    def get(self, key: str) -> tuple[bytes, str] | None:
        with classified(f"reading {key}"):
            try:
                answer = self.client().get_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                    return None
                raise
            with answer["Body"] as body:
                return body.read(), answer["ETag"]
