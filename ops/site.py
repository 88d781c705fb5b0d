"""Stands in for CloudFront, which the embedded engine describes but does not serve."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


def serve_site_from_s3(s3: "S3Client", bucket: str) -> None:
    """Let anybody read the engine's copy of the site by its S3 address.

    On AWS the bucket stays private and CloudFront reads it. Loopback is the only way to the engine.
    """
    s3.delete_public_access_block(Bucket=bucket)
    statement = {
        "Sid": "StandInForCloudFront",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
