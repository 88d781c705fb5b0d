"""Clients of AWS's calls: the embedded engine's, or those of the operator's own account."""

from collections.abc import Iterable
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
_CONFIG = Config(connect_timeout=5, read_timeout=310, retries={"mode": "standard", "total_max_attempts": 3})


class Aws:
    """One client per service, closed together.

    They call the deployment's engine; without a deployment AWS itself, with the credentials and the region of the
    environment.
    """

    def __init__(self, deployment: Deployment | None) -> None:
        if deployment is None:
            self._session = boto3.Session()
            self._options: dict[str, Any] = {"config": _CONFIG}
        else:
            self._session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
            # No proxy: one meant for the internet would be asked for this machine's engine.
            config = _CONFIG.merge(Config(proxies={}))
            self._options = {"config": config, "endpoint_url": deployment.endpoint_url}
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
    def region(self) -> str:
        """Where the calls go."""
        return str(self._session.region_name)

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
    def iam(self) -> Any:
        """Roles and their policies."""
        return self._client("iam")

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

    def roles_of(self, function_names: Iterable[str]) -> list[str]:
        """The names of the roles these Lambdas act as."""
        found = [self.functions.get_function_configuration(FunctionName=name)["Role"] for name in function_names]
        return [arn.rpartition("/")[2] for arn in found]

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = self._session.client
            self._clients[service] = make(service, **self._options)
        return self._clients[service]
