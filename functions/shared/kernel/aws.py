"""The AWS clients, made once per container, and the one place that classifies what AWS answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from functions.shared.kernel.errors import Misconfigured, PermanentError, TransientError
from functions.shared.kernel.log import log
from functions.shared.kernel.tally import Tally

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_scheduler.client import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient

# A call that hangs must fail while the job still holds its lease.
_CONFIG = Config(connect_timeout=3, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 4})

# What is signed for others to send must hold in every region: Signature Version 4, at the region's own address.
_PRESIGNING = _CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": "path"}))

_CALLERS_FAULT = ("ValidationException", "InvalidParameterValue", "ItemCollectionSizeLimitExceeded", "MessageTooLong")


# What only an operator can mend: https://docs.aws.amazon.com/general/latest/gr/api-error-codes.html and the services'
# own lists of errors. A store that expects one of them, such as a missing secret, catches it itself.
_OPERATORS_FAULT = (
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "KMS.AccessDeniedException",
    "KmsAccessDenied",
    "KMSAccessDeniedException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "NoSuchBucket",
)


@cache
def _client(service: str, config: Config = _CONFIG) -> Any:
    return boto3.client(service, config=config)  # type: ignore[call-overload]


dynamodb: "Callable[[], DynamoDBClient]" = partial(_client, "dynamodb")
sqs: "Callable[[], SQSClient]" = partial(_client, "sqs")
scheduler: "Callable[[], EventBridgeSchedulerClient]" = partial(_client, "scheduler")
s3: "Callable[[], S3Client]" = partial(_client, "s3")
s3_presigner: "Callable[[], S3Client]" = partial(_client, "s3", _PRESIGNING)
secrets_manager: "Callable[[], SecretsManagerClient]" = partial(_client, "secretsmanager")


@contextmanager
def classified(what: str) -> Iterator[None]:
    """Turn botocore's errors into ours: the request's own fault is permanent, an operator's is told at once.

    Everything else is transient.
    Errors a store expects (a failed condition, a missing key) it catches inside this context.
    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _OPERATORS_FAULT:
            raise _misconfigured(what, code) from error
        kind = PermanentError if code in _CALLERS_FAULT else TransientError
        raise kind(f"{what} failed: {code}") from error
    except (NoCredentialsError, NoRegionError) as error:
        raise _misconfigured(what, type(error).__name__) from error
    except BotoCoreError as error:
        raise TransientError(f"{what} could not be reached: {type(error).__name__}") from error


def _misconfigured(what: str, code: str) -> Misconfigured:
    log.error("an operator must act", action="misconfigured", what=what, code=code)
    tally = Tally()
    tally.count("Misconfigured")
    tally.publish()
    return Misconfigured(f"{what} is not possible for this deployment: {code}")
