"""What a deployment tells: addresses and names that scripts and the `flywheel` command start from."""

from collections.abc import Mapping

import aws_cdk as cdk

from infra.api import Api, Users
from infra.python_function import PythonFunction
from infra.site import Site
from infra.storage import Storage
from infra.work_queue import WorkQueue


def add_outputs(
    stack: cdk.Stack,
    *,
    api: Api,
    users: Users,
    site: Site,
    site_url: str,
    storage: Storage,
    lanes: Mapping[str, WorkQueue],
    functions: Mapping[str, PythonFunction],
) -> None:
    """Add the outputs to `stack`; where there are several of a kind, one output holds them as JSON by name."""
    queues = {name: lane.queue.queue_url for name, lane in lanes.items()}
    dead_letters = {f"{name}-dlq": lane.dead_letters.queue_url for name, lane in lanes.items()}
    tables = {
        "jobs": storage.jobs.table_name,
        "content_metadata": storage.content_metadata.table_name,
        "accounts": storage.accounts.table_name,
        "context": storage.context.table_name,
        "metrics": storage.metrics.table_name,
    }
    outputs = {
        "ApiUrl": api.url,
        "SiteUrl": site_url,
        "SiteBucket": site.bucket.bucket_name,
        "UploadsBucket": storage.uploads.bucket_name,
        "UserPoolId": users.pool.user_pool_id,
        "UserPoolClientId": users.client.user_pool_client_id,
        "OpenAiSecretId": storage.openai_secret_name,
        "XAppSecretId": storage.x_app_secret_name,
        "Queues": stack.to_json_string({**queues, **dead_letters}),
        "Tables": stack.to_json_string(tables),
        "Functions": stack.to_json_string({name: function.function_name for name, function in functions.items()}),
    }
    # What the operator's own names must point to, as CNAME or alias.
    if site.domain:
        outputs["SiteDomainTarget"] = site.distribution.distribution_domain_name
    if api.domain_name:
        outputs["ApiDomainTarget"] = api.domain_name.regional_domain_name
    for name, value in outputs.items():
        cdk.CfnOutput(stack, name, value=value)
