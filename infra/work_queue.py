"""Queues that cannot exist without their dead-letter queue. The reconciler looks after both. Decision 0029."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledge import acknowledge

# The longest SQS keeps a message. It keeps its first enqueue time in a dead-letter queue, hence the maximum there.
DEAD_LETTER_RETENTION = cdk.Duration.days(14)


class DeadLetters(sqs.Queue):
    """A queue for what could not be handled. Anything in it raises an alarm, once the reconciler has counted it."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=DEAD_LETTER_RETENTION,
        )
        acknowledge(self, "This is the dead-letter queue.", "AwsSolutions-SQS3")

    def grant_count(self, grantee: iam.IGrantable) -> None:
        """Ask how many messages there are."""
        self.grant(grantee, "sqs:GetQueueAttributes")

    def grant_redrive(self, grantee: iam.IGrantable) -> None:
        """Look at the messages, take them out, and start SQS's own task that moves them back."""
        actions = ("ReceiveMessage", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes")
        self.grant(grantee, *(f"sqs:{action}" for action in (*actions, "StartMessageMoveTask")))


class WorkQueue(Construct):
    """One lane: its queue, and its dead-letter queue after five receives."""

    def __init__(self, scope: Construct, construct_id: str, *, lane: str, function_timeout: cdk.Duration) -> None:
        super().__init__(scope, construct_id)
        self.lane = lane
        self.dead_letters = DeadLetters(self, "DeadLetters")
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            # AWS's advice: six times the function's timeout, which leaves room for throttled deliveries.
            visibility_timeout=cdk.Duration.seconds(6 * int(function_timeout.to_seconds())),
            retention_period=cdk.Duration.days(4),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=5),
        )

    def feed(self, function: lambda_.Function, *, at_once: int) -> None:
        """Let `function` work the queue off, one job per invocation and `at_once` invocations at a time.

        One job each, because a job may take the function's whole time limit.
        """
        function.add_event_source(
            event_sources.SqsEventSource(
                self.queue, batch_size=1, report_batch_item_failures=True, max_concurrency=at_once
            )
        )
