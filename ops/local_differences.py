"""Where the embedded engine differs from AWS, and what is changed on it after a deployment so that the stack runs.

Every change is to what lies around the stack's code: the template that was deployed is the one for AWS. Decision 0006.
"""

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient


def allow_plain_http(sqs: "SQSClient") -> None:
    """Lift every queue's demand for TLS: the engine is reached over loopback, without it.

    Needs an engine that does not enforce policies yet, because this call would be refused, too.
    """
    for pages in sqs.get_paginator("list_queues").paginate():
        for url in pages.get("QueueUrls", []):
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
            policy = json.loads(attributes.get("Policy") or "{}")
            kept = [statement for statement in policy.get("Statement", []) if not _demands_tls(statement)]
            if len(kept) < len(policy.get("Statement", [])):
                changed = json.dumps({**policy, "Statement": kept}) if kept else ""
                sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": changed})


def find_schedules_in_any_group(iam: Any, role_names: Iterable[str]) -> None:
    """Let roles that may keep the schedules of a group do so on the engine.

    It checks policies as if every schedule lay in the group `default`, where AWS names the schedule's own group.
    """
    for role in role_names:
        statements = [
            {**statement, "Resource": _in_default_group(resource)}
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
            for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
            for resource in _listed(statement["Resource"])
            if ":schedule/" in resource
        ]
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_role_policy(RoleName=role, PolicyName="SchedulesInAnyGroup", PolicyDocument=document)


def send_in_batches(iam: Any, role_names: Iterable[str]) -> None:
    """Let roles that may send to a queue do so in batches on the engine.

    It asks for a permission of its own, where AWS checks SendMessage
    (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html).
    """
    for role in role_names:
        statements = [
            {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": statement["Resource"]}
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
            for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
            if "sqs:SendMessage" in _listed(statement["Action"])
        ]
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_role_policy(RoleName=role, PolicyName="SendInBatches", PolicyDocument=document)


def send_mail_as_any_identity(iam: Any, role_names: Iterable[str]) -> None:
    """Let roles that may send e-mail do so on the engine: it checks SendEmail without the sender's identity."""
    for role in role_names:
        actions = [
            action
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
            for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
            for action in _listed(statement["Action"])
        ]
        if "ses:SendEmail" in actions:
            statement = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName=role, PolicyName="MailAsAnyIdentity", PolicyDocument=document)


def watch_one_metric_each(template: dict[str, Any]) -> None:
    """Let each alarm by metric math watch the first of its metrics: the engine refuses a template with metric math.

    Decision 0024.
    """
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in properties:
            queries = properties.pop("Metrics")
            limit = re.search(r"m0, 0\) / ([0-9.]+)", json.dumps(queries))
            properties["Threshold"] = float(limit[1]) if limit else properties["Threshold"]
            first = next(query["MetricStat"] for query in queries if "MetricStat" in query)
            statistic = "ExtendedStatistic" if first["Stat"].startswith("p") else "Statistic"
            properties.update({**first["Metric"], "Period": first["Period"], statistic: first["Stat"]})


def serve_site_from_s3(s3: "S3Client", bucket: str) -> None:
    """Let anybody read the pages by their S3 address: the engine describes CloudFront but does not serve it.

    On AWS the bucket stays private and only CloudFront reads it.
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


def take_uploads_over_plain_http(s3: "S3Client", bucket: str) -> None:
    """Lift a bucket's demand for TLS, which is all its policy holds: the engine is reached over loopback."""
    s3.delete_bucket_policy(Bucket=bucket)


def _in_default_group(resource: str) -> str:
    before, _, name = resource.partition(":schedule/")
    return f"{before}:schedule/default/{name.partition('/')[2]}"


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _demands_tls(statement: dict[str, Any]) -> bool:
    refused = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return statement.get("Effect") == "Deny" and str(refused).lower() == "false"


def read_cors_as_the_engine_does(template: dict[str, Any]) -> None:
    """Name what is in a CORS configuration as API Gateway's own API does: the engine makes one of no other names."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            cors = resource["Properties"].get("CorsConfiguration", {})
            cors.update({name[0].lower() + name[1:]: value for name, value in cors.items()})
