"""The tables, the bucket of the pages, and the secrets: all kept when the stack is deleted."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledge import acknowledge, acknowledge_wildcard
from infra.python_function import PythonFunction

ACCOUNT_SECRET_PREFIX = "flywheel/accounts/"  # noqa: S105 - a name's beginning, no secret
WEBHOOK_SECRET_PREFIX = "flywheel/webhooks/"  # noqa: S105 - a name's beginning, no secret

JOB_LISTS = {"by_type": "org_type", "by_status": "org_status", "by_status_type": "org_status_type"}

_READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
_KEEP_SECRETS = ("CreateSecret", "PutSecretValue", "DeleteSecret", "TagResource")
_WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem")


class Table(dynamodb.Table):
    """An on-demand table with keys `pk` and `sk`, expiry by `expires_at`, and recovery to any second of 35 days."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=_string("pk"),
            sort_key=_string("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )

    def grant_use(self, grantee: iam.IGrantable) -> None:
        """Read and write items; neither scan the table nor change it."""
        self._grant([*_READ, *_WRITE], grantee)

    def grant_update(self, grantee: iam.IGrantable) -> None:
        """Read items and change them; neither make nor delete one."""
        self._grant([*_READ, "dynamodb:UpdateItem"], grantee)

    def grant_look_up(self, grantee: iam.IGrantable) -> None:
        """Read items by key, without scanning."""
        self._grant([*_READ], grantee)

    def grant_query_index(self, grantee: iam.IGrantable, index: str) -> None:
        """Query one index. `Table.grant` would open every index by a wildcard."""
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["dynamodb:Query"], resource_arns=[f"{self.table_arn}/index/{index}"]
        )

    def _grant(self, actions: list[str], grantee: iam.IGrantable) -> None:
        iam.Grant.add_to_principal(grantee=grantee, actions=actions, resource_arns=[self.table_arn])


class Storage(Construct):
    """Everything that outlives a deployment, except the site."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.jobs = Table(self, "Jobs")
        self.jobs.add_global_secondary_index(
            index_name="due",
            partition_key=_string("due_shard"),
            sort_key=_string("due_at"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        for index, key in JOB_LISTS.items():
            self.jobs.add_global_secondary_index(
                index_name=index,
                partition_key=_string(key),
                sort_key=_string("sk"),
                projection_type=dynamodb.ProjectionType.KEYS_ONLY,
            )
        self.content_metadata = Table(self, "ContentMetadata")
        self.content_metadata.add_global_secondary_index(
            index_name="family", partition_key=_string("family"), sort_key=_string("content_id")
        )
        self.accounts = Table(self, "Accounts")
        # Named here, because the policies that let it be read need its ARN, and the embedded engine, unlike AWS, does
        # not give that for a reference. The stack's own id keeps the name free after a deletion that retains it.
        self.openai_secret_name = cdk.Fn.join("-", ["flywheel/openai", _stack_suffix()])
        # Empty until the operator puts the key in: a key in a template would be readable in the console for ever.
        secret = secretsmanager.Secret(
            self,
            "OpenAi",
            secret_name=self.openai_secret_name,
            description='The OpenAI key of Flywheel, as {"api_key": "..."}',
            secret_string_value=cdk.SecretValue.unsafe_plain_text("{}"),
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        acknowledge(secret, "OpenAI has no call that would rotate its key.", "AwsSolutions-SMG4")

    def grant_read_openai(self, function: PythonFunction) -> None:
        """Read the OpenAI key."""
        secret = secretsmanager.Secret.from_secret_name_v2(self, f"{function.node.id}OpenAi", self.openai_secret_name)
        secret.grant_read(function)

    def grant_keep_account_secrets(self, function: PythonFunction) -> None:
        """Create, replace and delete the secrets of social accounts, without reading them."""
        self._grant_secrets(ACCOUNT_SECRET_PREFIX, function, *_KEEP_SECRETS)

    def grant_read_account_secrets(self, function: PythonFunction) -> None:
        """Read the secrets of social accounts."""
        self._grant_secrets(ACCOUNT_SECRET_PREFIX, function, "GetSecretValue")

    def grant_keep_webhook_keys(self, function: PythonFunction) -> None:
        """Create, rotate and delete the keys webhooks are signed with: a rotation keeps the old key for a day."""
        self._grant_secrets(WEBHOOK_SECRET_PREFIX, function, *_KEEP_SECRETS, "GetSecretValue")

    def grant_read_webhook_keys(self, function: PythonFunction) -> None:
        """Read the keys webhooks are signed with."""
        self._grant_secrets(WEBHOOK_SECRET_PREFIX, function, "GetSecretValue")

    def _grant_secrets(self, prefix: str, function: PythonFunction, *actions: str) -> None:
        names = f"secret:{prefix}*"
        place = (cdk.Aws.PARTITION, "secretsmanager", cdk.Aws.REGION, cdk.Aws.ACCOUNT_ID, names)
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[f"secretsmanager:{action}" for action in actions], resources=[":".join(("arn", *place))]
            )
        )
        reason = "One secret for each account or webhook, made while the stack runs; the prefix is theirs alone."
        found = f"arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:{names}"
        acknowledge_wildcard(function.own_role, reason, found)


def _stack_suffix() -> str:
    """The first part of the UUID at the end of the stack's ARN."""
    return cdk.Fn.select(0, cdk.Fn.split("-", cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))))


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
