"""Sending e-mail by SES."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from infra.acknowledge import acknowledge_wildcard
from infra.python_function import PythonFunction


def grant_send_email(function: PythonFunction, *, sender: str | None) -> None:
    """Send e-mail in the name of this account's identities; of one sender, when the deployment has it named.

    The identities are made outside this stack, because verifying one takes a person. While SES is in its sandbox,
    recipients are identities, too.
    """
    identities = cdk.Stack.of(function).format_arn(service="ses", resource="identity", resource_name="*")
    conditions = {"StringEquals": {"ses:FromAddress": sender}} if sender else {}
    function.add_to_role_policy(
        iam.PolicyStatement(actions=["ses:SendEmail"], resources=[identities], conditions=conditions)
    )
    reason = "The sender's identity is the operator's, made before or after the stack."
    found = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*"
    acknowledge_wildcard(function.own_role, reason, found)
