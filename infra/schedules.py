"""EventBridge Scheduler: at least once, with a retry policy, a dead-letter queue and a role for one target each."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.fleet import Timetable
from infra.work_queue import DeadLetters


def timer_role(scope: Construct, *, function: lambda_.IFunction, dead_letters: DeadLetters) -> iam.Role:
    """The role of a timer: it may call `function`, and keep in `dead_letters` what it could not deliver."""
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
        ),
    )
    # Not grant_invoke: it would also allow every version and alias of the function.
    role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn]))
    dead_letters.grant_send_messages(role)
    return role


class Schedule(Construct):
    """Invokes `function` by its timetable, with `{"scheduled_time": "<when it was due>"}`.

    The scheduled time lets a tick that fires twice make the same jobs. A tick that cannot be started ends in
    `dead_letters`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        timetable: Timetable,
        function: lambda_.IFunction,
        dead_letters: DeadLetters,
    ) -> None:
        super().__init__(scope, construct_id)
        role = timer_role(self, function=function, dead_letters=dead_letters)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            description=f"Starts {construct_id}",
            schedule_expression=timetable.expression,
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=role.role_arn,
                input=json.dumps({"scheduled_time": "<aws.scheduler.scheduled-time>"}),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=timetable.retries,
                    maximum_event_age_in_seconds=60 * timetable.give_up_minutes,
                ),
            ),
        )
