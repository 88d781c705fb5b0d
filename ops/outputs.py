"""Turns the stack's outputs into `.local/outputs.json`, which users script against."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ops.deployment import Deployment
from ops.errors import OpsError

NAMES = (
    "ApiUrl",
    "SiteUrl",
    "SiteBucket",
    "UploadsBucket",
    "UserPoolId",
    "UserPoolClientId",
    "OpenAiSecretId",
    "XAppSecretId",
    "Queues",
    "Tables",
    "Functions",
)


@dataclass(frozen=True)
class StackOutputs:
    """What the stack made. `api_url` is the address AWS would serve it at."""

    api_url: str
    site_url: str
    site_bucket: str
    uploads_bucket: str
    user_pool: str
    client_id: str
    openai_secret: str
    x_app_secret: str
    queues: Mapping[str, str]
    tables: Mapping[str, str]
    functions: Mapping[str, str]

    @classmethod
    def parse(cls, outputs: Mapping[str, str]) -> Self:
        """From the outputs by key. Raises OpsError naming what is missing."""
        missing = [name for name in NAMES if name not in outputs]
        if missing:
            raise OpsError(f"The stack has no output {', '.join(missing)}. Run `make clean` and `make up`.")
        return cls(
            api_url=outputs["ApiUrl"],
            site_url=outputs["SiteUrl"],
            site_bucket=outputs["SiteBucket"],
            uploads_bucket=outputs["UploadsBucket"],
            user_pool=outputs["UserPoolId"],
            client_id=outputs["UserPoolClientId"],
            openai_secret=outputs["OpenAiSecretId"],
            x_app_secret=outputs["XAppSecretId"],
            queues=json.loads(outputs["Queues"]),
            tables=json.loads(outputs["Tables"]),
            functions=json.loads(outputs["Functions"]),
        )

    def at(self, queues: Mapping[str, str]) -> Self:
        """The same with these addresses of the queues."""
        return replace(self, queues=queues)


def local_api_url(endpoint_url: str, api_url: str) -> str:
    """The HTTP API's address on the engine, which routes by path: host names such as `id.execute-api` need a DNS.

    The stage is left out, as on AWS, where `$default` is in no address.
    """
    api_id = api_url.removeprefix("https://").removeprefix("http://").split(".", 1)[0]
    return f"{endpoint_url}/_aws/execute-api/{api_id}"


def local_queue_url(endpoint_url: str, queue_url: str) -> str:
    """The queue's address on the engine's present port."""
    return f"{endpoint_url}/{'/'.join(queue_url.split('/')[-2:])}"


def describe(
    stack: StackOutputs, deployment: Deployment, *, tokens: Mapping[str, str], login: tuple[str, str]
) -> dict[str, Any]:
    """The content of `.local/outputs.json`."""
    endpoint_url = deployment.endpoint_url
    return {
        "api_url": local_api_url(endpoint_url, stack.api_url),
        "site_url": stack.site_url,
        "console_url": None,
        "console_login": dict(zip(("user", "password"), login, strict=True)),
        **tokens,
        "queues": {name: local_queue_url(endpoint_url, url) for name, url in stack.queues.items()},
        "tables": dict(stack.tables),
        "functions": dict(stack.functions),
        "endpoint_url": endpoint_url,
    }
