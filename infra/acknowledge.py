"""Accepting a finding of cdk-nag, with the reason beside the construct it is about."""

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Record that `rules` do not apply to `construct` and what is inside it."""
    cdk.Validations.of(construct).acknowledge(*(cdk.Acknowledgment(id=rule, reason=reason) for rule in rules))


def acknowledge_wildcard(role: IConstruct, reason: str, resource: str) -> None:
    """Record why `role` may act on a `resource` with a wildcard, written as in cdk-nag's finding."""
    acknowledge(role, reason, f"AwsSolutions-IAM5[Resource::{resource}]")
