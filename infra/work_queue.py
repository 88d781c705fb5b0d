"""Queues that cannot exist without their dead-letter queue, and neither without an alarm. Decision 0024."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.alarms import AlarmTopic, Shared

# The longest SQS keeps a message. It keeps its first enqueue time in a dead-letter queue, hence the maximum there.
DEAD_LETTER_RETENTION = cdk.Duration.days(14)
# Retries wait in the queue for up to 900 s, so only what is older than that and one run has been left lying.
STALE_AFTER = cdk.Duration.minutes(30)

MISSED_TICKS = Shared(
    "MissedTicks",
    minutes=1,
    says="A scheduled run could not be started, or crashed: the tick is in a dead-letter queue.",
    runbook="missed-ticks",
)


class DeadLetters(sqs.Queue):
    """A queue for what could not be handled. Anything in it raises the alarm."""

    def __init__(self, scope: Construct, construct_id: str, *, alarms: AlarmTopic, shared: Shared) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=DEAD_LETTER_RETENTION,
        )
        acknowledge(self, "This is the dead-letter queue.", "AwsSolutions-SQS3")
        # Not NumberOfMessagesSent: it misses what SQS itself moves here.
        visible = self.metric_approximate_number_of_messages_visible(statistic="Maximum")
        alarms.share(shared, visible, at_least=1)

    def grant_redrive(self, grantee: iam.IGrantable) -> None:
        """Look at the messages, take them out, and start SQS's own task that moves them back."""
        actions = ("ReceiveMessage", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes")
        self.grant(grantee, *(f"sqs:{action}" for action in (*actions, "StartMessageMoveTask")))


class WorkQueue(Construct):
    """One lane: its queue, its dead-letter queue after five receives, and alarms on both."""

    def __init__(
        self, scope: Construct, construct_id: str, *, lane: str, function_timeout: cdk.Duration, alarms: AlarmTopic
    ) -> None:
        super().__init__(scope, construct_id)
        self.lane = lane
        family = lane.removesuffix("-high")
        self.dead_letters = DeadLetters(self, "DeadLetters", alarms=alarms, shared=_dead_letters_of(family))
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
        age = self.queue.metric_approximate_age_of_oldest_message(statistic="Maximum")
        alarms.share(_stale(family), age, at_least=STALE_AFTER.to_seconds())

    def feed(self, function: lambda_.Function, *, at_once: int) -> None:
        """Let `function` work the queue off, one job per invocation and `at_once` invocations at a time.

        One job each, because a job may take the function's whole time limit.
        """
        function.add_event_source(
            event_sources.SqsEventSource(
                self.queue, batch_size=1, report_batch_item_failures=True, max_concurrency=at_once
            )
        )


def _dead_letters_of(family: str) -> Shared:
    return Shared(
        f"DeadLetters-{family}",
        minutes=1,
        says=f"Work of {family} failed for good: its messages are in the dead-letter queues of its lanes.",
        runbook="dead-letters",
    )


def _stale(family: str) -> Shared:
    return Shared(
        f"Stale-{family}",
        minutes=5,
        periods=2,
        says=f"Queues of {family} are not being worked off: the oldest message is over half an hour old.",
        runbook="queue-not-worked-off",
    )
