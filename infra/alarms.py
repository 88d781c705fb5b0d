"""Where alarms go, and the ways to make one that goes there. Decision 0024."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

RUNBOOK = "docs/runbook.md"
MOST_METRICS = 10
"""Of one alarm by metric math: CloudWatch's limit (CloudWatch's user guide, "Limits" of alarms)."""


@dataclass(frozen=True)
class Cause:
    """One of the metrics a shared alarm watches: it is raised when the metric is `at_least` this."""

    metric: cloudwatch.Metric
    at_least: float


@dataclass(frozen=True)
class Shared:
    """An alarm over several causes of one kind: whichever of them lasts for `periods` of `minutes` raises it."""

    name: str
    minutes: int
    says: str
    runbook: str
    periods: int = 1


class AlarmTopic(sns.Topic):
    """The topic every alarm publishes to when it is raised and when it is over; `email` is subscribed when given."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, email: str | None) -> None:
        super().__init__(scope, construct_id, display_name=name, enforce_ssl=True)
        self.raised: list[cloudwatch.Alarm] = []
        self._causes: dict[Shared, list[Cause]] = defaultdict(list)
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

    def share(self, shared: Shared, metric: cloudwatch.Metric, *, at_least: float) -> None:
        """Let `metric` raise an alarm that it shares with others; `add_shared` makes it."""
        self._causes[shared].append(Cause(metric, at_least))

    def add_shared(self) -> None:
        """Make the shared alarms, each over as many causes as CloudWatch allows."""
        for shared, causes in self._causes.items():
            for start in range(0, len(causes), MOST_METRICS):
                some = causes[start : start + MOST_METRICS]
                self.watch(
                    self,
                    f"{shared.name}{start // MOST_METRICS + 1 if start else ''}",
                    metric=_worst(some, shared),
                    at_least=1,
                    periods=shared.periods,
                    says=shared.says,
                    runbook=shared.runbook,
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


def _worst(causes: Sequence[Cause], shared: Shared) -> cloudwatch.MathExpression:
    """How far the worst of the causes has gone towards its own limit, which is 1."""
    period = cdk.Duration.minutes(shared.minutes)
    metrics: Mapping[str, cloudwatch.IMetric] = {
        f"m{number}": cause.metric.with_(period=period) for number, cause in enumerate(causes)
    }
    parts = [f"FILL(m{number}, 0) / {cause.at_least:.10g}" for number, cause in enumerate(causes)]
    return cloudwatch.MathExpression(
        expression=f"MAX([{', '.join(parts)}])",
        using_metrics=metrics,
        period=period,
        label="The worst, by its limit",
    )


def _description(says: str, runbook: str) -> str:
    return f"{says} What to do: {RUNBOOK}#{runbook}"
