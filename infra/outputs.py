"""What a deployment tells: addresses and names that scripts and the `flywheel` command start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from infra.stack import FlywheelStack


def add_outputs(stack: FlywheelStack) -> None:
    """Add the outputs; where there are several of a kind, one output holds them as JSON by name."""
    storage, users = stack.storage, stack.users
    queues = {name: lane.queue.queue_url for name, lane in stack.lanes.items()}
    dead_letters = {f"{name}-dlq": lane.dead_letters.queue_url for name, lane in stack.lanes.items()}
    tables = {
        "jobs": storage.jobs.table_name,
        "content_metadata": storage.content_metadata.table_name,
        "accounts": storage.accounts.table_name,
        "context": storage.context.table_name,
        "metrics": storage.metrics.table_name,
    }
    functions = {name: function.function_name for name, function in stack.functions.items()}
    outputs = {
        "ApiUrl": stack.api.http_api.api_endpoint,
        "SiteUrl": stack.site_url,
        "SiteBucket": stack.site.bucket.bucket_name,
        "UploadsBucket": storage.uploads.bucket_name,
        "UserPoolId": users.pool.user_pool_id,
        "UserPoolClientId": users.client.user_pool_client_id,
        "OpenAiSecretId": storage.openai_secret_name,
        "XAppSecretId": storage.x_app_secret_name,
        "Queues": stack.to_json_string({**queues, **dead_letters}),
        "Tables": stack.to_json_string(tables),
        "Functions": stack.to_json_string(functions),
    }
    for name, value in outputs.items():
        cdk.CfnOutput(stack, name, value=value)
