"""One suite over the uploads in memory and on S3."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests
from botocore.config import Config
from moto import mock_aws

from functions.api.documents.memory import MemoryUploads
from functions.api.documents.uploads import S3Uploads, SignedUpload, Uploads
from functions.shared.kernel import aws
from functions.shared.kernel.errors import Misconfigured
from tests.support.clock import ManualClock


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="uploads")
        yield client


@pytest.fixture(params=["memory", "s3"])
def uploads(request: pytest.FixtureRequest) -> Iterator[Uploads]:
    context: AbstractContextManager[Any] = mock_aws() if request.param == "s3" else nullcontext()
    with context:
        if request.param == "memory":
            yield MemoryUploads()
            return
        boto3.client("s3").create_bucket(Bucket="uploads")
        yield S3Uploads("uploads", presigner)


def presigner(region: str | None = None) -> Any:
    """A client with the configuration that the API's has."""
    config: Config = aws.s3_presigner.args[1]  # type: ignore[attr-defined]
    return boto3.client("s3", region_name=region, config=config)


def signed(uploads: Uploads, clock: ManualClock, *, size: int = 4) -> SignedUpload:
    return uploads.sign("acme/document-1.txt", media_type="text/plain", size=size, now=clock())


def test_an_upload_is_signed_for_one_object_type_and_length_and_15_minutes(
    uploads: Uploads, clock: ManualClock
) -> None:
    upload = signed(uploads, clock)
    assert upload.method == "PUT"
    assert urlsplit(upload.url).path.endswith("/acme/document-1.txt")
    assert upload.headers == {"Content-Type": "text/plain", "Content-Length": "4"}
    assert upload.expires_at == clock() + timedelta(minutes=15)


def test_deleting_what_is_not_there_does_nothing(uploads: Uploads) -> None:
    uploads.delete("acme/document-1.txt")


def test_what_is_put_to_the_address_is_stored_until_it_is_deleted(s3: Any, clock: ManualClock) -> None:
    uploads = S3Uploads("uploads", presigner)
    upload = signed(uploads, clock)
    answer = requests.request(upload.method, upload.url, data=b"Tea.", headers=dict(upload.headers), timeout=5)
    assert answer.status_code == 200, answer.text
    stored = s3.get_object(Bucket="uploads", Key="acme/document-1.txt")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"Tea.", "text/plain")
    uploads.delete("acme/document-1.txt")
    assert "Contents" not in s3.list_objects_v2(Bucket="uploads")


def test_the_signature_covers_type_and_length_so_that_nothing_else_is_accepted(clock: ManualClock) -> None:
    upload, longer = (signed(S3Uploads("uploads", presigner), clock, size=size) for size in (4, 5))
    query = parse_qs(urlsplit(upload.url).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert query["X-Amz-Expires"] == ["900"]
    assert query["X-Amz-Signature"] != parse_qs(urlsplit(longer.url).query)["X-Amz-Signature"]


def test_the_address_is_the_regions_own_because_a_redirect_would_break_the_signature(clock: ManualClock) -> None:
    uploads = S3Uploads("uploads", partial(presigner, "eu-central-1"))
    assert urlsplit(signed(uploads, clock).url).netloc == "s3.eu-central-1.amazonaws.com"


def test_the_address_is_on_the_engine_that_the_functions_are_pointed_at(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    upload = signed(S3Uploads("uploads", presigner), clock)
    assert upload.url.startswith("http://127.0.0.1:4566/uploads/acme/document-1.txt?")


@mock_aws
def test_a_bucket_that_is_missing_is_for_an_operator_to_mend() -> None:
    with pytest.raises(Misconfigured, match=r"deleting an uploaded file is not possible .*: NoSuchBucket"):
        S3Uploads("uploads", presigner).delete("acme/document-1.txt")
