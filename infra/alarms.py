"""Where alarms go, and the ways to make one that goes there. Decisions 0024 and 0029."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

RUNBOOK = "docs/runbook.md"


class AlarmTopic(sns.Topic):
    """The topic every alarm publishes to when it is raised and when it is over; `email` is subscribed when given."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, email: str | None) -> None:
        super().__init__(scope, construct_id, display_name=name, enforce_ssl=True)
        self.raised: list[cloudwatch.Alarm] = []
        # A topic with a policy of its own loses the default one, which let CloudWatch publish.
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            )
        )
        if email:
            self.add_subscription(subscriptions.EmailSubscription(email))

    def watch(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metric: cloudwatch.IMetric,
        at_least: float,
        periods: int = 1,
        says: str,
        runbook: str,
    ) -> cloudwatch.Alarm:
        """Raise an alarm when `metric` is `at_least` this for so many periods.

        It `says` what is wrong; `runbook` is the anchor of the runbook's section that says what to do.
        """
        return self._alarm(
            scope,
            construct_id,
            metric=metric,
            threshold=at_least,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=_description(says, runbook),
        )

    def watch_silence(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metric: cloudwatch.Metric,
        minutes: int,
        periods: int,
        says: str,
        runbook: str,
    ) -> cloudwatch.Alarm:
        """Raise an alarm when `metric` counts nothing for so many periods of `minutes`.

        A missing figure is filled in as none: for missing ones CloudWatch would look further back than the periods,
        find the last figure there was, and stay silent for hours.
        """
        period = cdk.Duration.minutes(minutes)
        counted = cloudwatch.MathExpression(
            expression="FILL(m0, 0)", using_metrics={"m0": metric.with_(period=period)}, period=period, label="Counted"
        )
        return self._alarm(
            scope,
            construct_id,
            metric=counted,
            threshold=1,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
            alarm_description=_description(says, runbook),
        )

    def _alarm(self, scope: Construct, construct_id: str, **properties: Any) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(scope, construct_id, **properties)
        alarm.add_alarm_action(actions.SnsAction(self))
        alarm.add_ok_action(actions.SnsAction(self))
        self.raised.append(alarm)
        return alarm


def _description(says: str, runbook: str) -> str:
    return f"{says} What to do: {RUNBOOK}#{runbook}"
