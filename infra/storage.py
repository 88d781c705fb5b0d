"""The tables, the bucket of the pages, and the secrets: all kept when the stack is deleted."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledge import acknowledge, acknowledge_wildcard
from infra.python_function import PythonFunction
from infra.stage import Identity

INCOMING = ".incoming/"
"""How the keys of uploads begin that no job has read yet: the domain's rules of documents say the same."""

_UPLOADS_WAIT = cdk.Duration.days(1)

JOB_LISTS = {"by_type": "org_type", "by_status": "org_status", "by_status_type": "org_status_type"}

_READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
_KEEP_SECRETS = ("CreateSecret", "PutSecretValue", "DeleteSecret", "TagResource")
_WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem")


class Table(dynamodb.Table):
    """An on-demand table with keys `pk` and `sk`, expiry by `expires_at`, and recovery to any second of 35 days."""

    def __init__(self, scope: Construct, construct_id: str, *, protected: bool) -> None:
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
            deletion_protection=protected,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )

    def grant_use(self, grantee: iam.IGrantable) -> None:
        """Read and write items; neither scan the table nor change it."""
        self._grant([*_READ, *_WRITE], grantee)

    def grant_make_and_change(self, grantee: iam.IGrantable) -> None:
        """Read items, make them and change them; delete none."""
        self._grant([*_READ, "dynamodb:PutItem", "dynamodb:UpdateItem"], grantee)

    def grant_change(self, grantee: iam.IGrantable) -> None:
        """Read items and change parts of them."""
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

    def __init__(self, scope: Construct, construct_id: str, *, identity: Identity) -> None:
        super().__init__(scope, construct_id)
        self._identity = identity
        protected = identity.stage.is_protected
        self.jobs = Table(self, "Jobs", protected=protected)
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
        self.content_metadata = Table(self, "ContentMetadata", protected=protected)
        self.content_metadata.add_global_secondary_index(
            index_name="family", partition_key=_string("family"), sort_key=_string("content_id")
        )
        self.content_metadata.add_global_secondary_index(
            index_name="published", partition_key=_string("account"), sort_key=_string("published_at")
        )
        self.content_metadata.add_global_secondary_index(
            index_name="publications",
            partition_key=_string("org_publications"),
            sort_key=_string("publication"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.accounts = Table(self, "Accounts", protected=protected)
        self.accounts.add_global_secondary_index(
            index_name="due",
            partition_key=_string("due_shard"),
            sort_key=_string("due_at"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.context = Table(self, "Context", protected=protected)
        self.context.add_global_secondary_index(
            index_name="due",
            partition_key=_string("due_shard"),
            sort_key=_string("due_at"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.context.add_global_secondary_index(
            index_name="by_origin", partition_key=_string("origin"), sort_key=_string("sk")
        )
        self.metrics = Table(self, "Metrics", protected=protected)
        self.uploads = _uploads(self)
        self.openai_secret_name = self._empty_secret(
            "OpenAi", "openai", holds='The OpenAI key of Flywheel, as {"api_key": "..."}', by="OpenAI"
        )
        self.x_app_secret_name = self._empty_secret(
            "XApp", "x-app", holds='The X app of Flywheel, as {"client_id": "...", "client_secret": "..."}', by="X"
        )

    def _empty_secret(self, construct_id: str, name: str, *, holds: str, by: str) -> str:
        """A secret, empty until the operator fills it: a key in a template would be readable in the console for ever.

        Named here, because the policies that let it be read need its ARN, and the embedded engine, unlike AWS, does
        not give that for a reference. The stack's own id keeps the name free after a deletion that retains it.
        """
        full_name = cdk.Fn.join("-", [f"{self._identity.secret_folder}/{name}", _stack_suffix()])
        secret = secretsmanager.Secret(
            self,
            construct_id,
            secret_name=full_name,
            description=holds,
            secret_string_value=cdk.SecretValue.unsafe_plain_text("{}"),
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        acknowledge(secret, f"{by} has no call that would rotate it.", "AwsSolutions-SMG4")
        return full_name

    def grant_read_openai(self, function: PythonFunction) -> None:
        """Read the OpenAI key."""
        self._grant_read_named("OpenAi", self.openai_secret_name, function)

    def grant_read_x_app(self, function: PythonFunction) -> None:
        """Read the credentials of the operator's X app."""
        self._grant_read_named("XApp", self.x_app_secret_name, function)

    def _grant_read_named(self, what: str, name: str, function: PythonFunction) -> None:
        secretsmanager.Secret.from_secret_name_v2(self, f"{function.node.id}{what}", name).grant_read(function)

    def grant_upload(self, function: PythonFunction) -> None:
        """Sign uploads of documents, and delete them."""
        self._grant_uploads(function, "s3:PutObject", "s3:DeleteObject")

    def grant_read_uploads(self, function: PythonFunction) -> None:
        """Read uploaded documents, and keep those that were read where they do not expire.

        ListBucket, because without it S3 answers 403 for an object that is missing.
        """
        function.add_to_role_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.uploads.bucket_arn]))
        self._grant_uploads(function, "s3:GetObject", "s3:PutObject", "s3:DeleteObject")

    def _grant_uploads(self, function: PythonFunction, *actions: str) -> None:
        everything = self.uploads.arn_for_objects("*")
        function.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[everything]))
        logical_id = cdk.Stack.of(self).get_logical_id(cast(cdk.CfnElement, self.uploads.node.default_child))
        reason = "One object for each document, in a bucket of their own."
        acknowledge_wildcard(function.own_role, reason, f"<{logical_id}.Arn>/*")

    def grant_keep_account_secrets(self, function: PythonFunction) -> None:
        """Create, replace and delete the secrets of social accounts, without reading them."""
        self._grant_secrets(self._identity.account_secret_prefix, function, *_KEEP_SECRETS)

    def grant_renew_account_secrets(self, function: PythonFunction) -> None:
        """Read the secrets of social accounts and give them new values."""
        self._grant_secrets(self._identity.account_secret_prefix, function, "GetSecretValue", "PutSecretValue")

    def grant_read_account_secrets(self, function: PythonFunction) -> None:
        """Read the secrets of social accounts."""
        self._grant_secrets(self._identity.account_secret_prefix, function, "GetSecretValue")

    def grant_keep_webhook_keys(self, function: PythonFunction) -> None:
        """Create, rotate and delete the keys webhooks are signed with: a rotation keeps the old key for a day."""
        self._grant_secrets(self._identity.webhook_secret_prefix, function, *_KEEP_SECRETS, "GetSecretValue")

    def grant_read_webhook_keys(self, function: PythonFunction) -> None:
        """Read the keys webhooks are signed with."""
        self._grant_secrets(self._identity.webhook_secret_prefix, function, "GetSecretValue")

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


def _uploads(scope: Construct) -> s3.Bucket:
    """Where users put their documents: private, each by an address signed for it alone."""
    bucket = s3.Bucket(
        scope,
        "Uploads",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="NeverProcessed",
                prefix=INCOMING,
                expiration=_UPLOADS_WAIT,
                abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
            )
        ],
        removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        cors=[
            s3.CorsRule(
                allowed_methods=[s3.HttpMethods.PUT],
                allowed_origins=["*"],
                allowed_headers=["content-type"],
                max_age=300,
            )
        ],
    )
    acknowledge(bucket, "Who uploads what is in the API's log; the bucket is read by one Lambda.", "AwsSolutions-S1")
    return bucket


def _stack_suffix() -> str:
    """The first part of the UUID at the end of the stack's ARN."""
    return cdk.Fn.select(0, cdk.Fn.split("-", cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))))


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
