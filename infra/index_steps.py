"""Leads a deployed stack to this one's indexes, one of each table an update, as DynamoDB wants it.

The limit is told in aws-cdk issue 14920. Needed by whoever updates over several releases at once: each release alone
changes one index of a table.
"""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from infra.table_indexes import SETTING


def step_towards(stack: cdk.Stack, deployed: Mapping[str, list[str]]) -> None:
    """Leave out of each deployed table all new indexes but the first, and say that another deployment is needed."""
    later: list[str] = []
    for table in _tables(stack):
        name = stack.get_logical_id(table)
        if name not in deployed:
            continue
        planned: list[Any] = list(stack.resolve(table.global_secondary_indexes) or [])
        new = sorted(index["indexName"] for index in planned if index["indexName"] not in deployed[name])
        if len(new) > 1:
            later += [f"{name}.{index}" for index in new[1:]]
            _keep(table, [index for index in planned if index["indexName"] not in new[1:]], stack)
    if later:
        cdk.Annotations.of(stack).add_warning_v2(
            "flywheel:indexes",
            f"Indexes left for the next deployment: {', '.join(later)}. What reads them fails until then: write the "
            f"template that is deployed now to {SETTING} and deploy again at once.",
        )


def _tables(stack: cdk.Stack) -> list[dynamodb.CfnTable]:
    return [each for each in stack.node.find_all() if isinstance(each, dynamodb.CfnTable)]


def _keep(table: dynamodb.CfnTable, indexes: list[Any], stack: cdk.Stack) -> None:
    """Only attributes that are a key of something may be defined."""
    used = {key["attributeName"] for index in indexes for key in index["keySchema"]}
    used |= {key["attributeName"] for key in stack.resolve(table.key_schema)}
    table.global_secondary_indexes = indexes
    definitions = stack.resolve(table.attribute_definitions)
    table.attribute_definitions = [each for each in definitions if each["attributeName"] in used]
