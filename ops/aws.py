"""Clients of the embedded engine's AWS calls."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config

from ops.deployment import ACCESS_KEY, REGION, Deployment

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient

# A synchronous invocation may take as long as the longest Lambda.
_CONFIG = Config(connect_timeout=5, read_timeout=310, retries={"mode": "standard", "total_max_attempts": 3}, proxies={})


class Aws:
    """One client per service, closed together."""

    def __init__(self, deployment: Deployment) -> None:
        self._endpoint_url = deployment.endpoint_url
        self._session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    @property
    def cloudformation(self) -> Any:
        """Stacks and their outputs."""
        return self._client("cloudformation")

    @property
    def cognito(self) -> "CognitoIdentityProviderClient":
        """Users and tokens."""
        client: CognitoIdentityProviderClient = self._client("cognito-idp")
        return client

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """Tables."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @property
    def functions(self) -> "LambdaClient":
        """Lambdas."""
        client: LambdaClient = self._client("lambda")
        return client

    @property
    def s3(self) -> "S3Client":
        """Buckets."""
        client: S3Client = self._client("s3")
        return client

    @property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets."""
        client: SecretsManagerClient = self._client("secretsmanager")
        return client

    @property
    def sqs(self) -> "SQSClient":
        """Queues."""
        client: SQSClient = self._client("sqs")
        return client

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = self._session.client
            self._clients[service] = make(service, endpoint_url=self._endpoint_url, config=_CONFIG)
        return self._clients[service]
