"""The schedules that users make while the stack runs: their group, the role they act as, and who may keep them."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.acknowledge import acknowledge_wildcard
from infra.python_function import PythonFunction
from infra.schedules import timer_role
from infra.work_queue import DeadLetters


class UserSchedules(Construct):
    """Everything a timer made by the API needs: `target` is the only thing it can call, `group` holds all of them."""

    def __init__(self, scope: Construct, construct_id: str, *, group: str, target: lambda_.Function) -> None:
        super().__init__(scope, construct_id)
        self._target = target
        self.dead_letters = DeadLetters(self, "Missed")
        self._role = timer_role(self, function=target, dead_letters=self.dead_letters)
        # Named here, because the embedded engine does not know the name it would give a group when asked for it.
        self._group_name = group
        scheduler.CfnScheduleGroup(self, "Group", name=self._group_name)
        target.configure_async_invoke(
            on_failure=destinations.SqsDestination(self.dead_letters),
            retry_attempts=2,
            max_event_age=cdk.Duration.hours(1),
        )

    def let_keep(self, function: PythonFunction) -> None:
        """Create, change and delete the timers of this group, and hand them the one role; tell where all that is."""
        names = f"schedule/{self._group_name}/*"
        place = (cdk.Aws.PARTITION, "scheduler", cdk.Aws.REGION, cdk.Aws.ACCOUNT_ID, names)
        actions = [f"scheduler:{verb}Schedule" for verb in ("Create", "Update", "Delete")]
        function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[":".join(("arn", *place))]))
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[self._role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            )
        )
        found = f"arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:{names}"
        acknowledge_wildcard(function.own_role, "Users make these while the stack runs; the group is theirs.", found)
        for name, value in {
            "SCHEDULE_GROUP": self._group_name,
            "SCHEDULE_TARGET": self._target.function_arn,
            "SCHEDULE_ROLE": self._role.role_arn,
            "SCHEDULE_DEAD_LETTERS": self.dead_letters.queue_arn,
        }.items():
            function.add_environment(name, value)
