"""Alarms on the Lambdas, the jobs, the schedules and the API. Each names its section of the runbook. Decision 0024."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import AlarmTopic, Shared
from infra.fleet import FunctionPlan, Timetable

_FIVE_MINUTES = cdk.Duration.minutes(5)
_SLOW_SHARE = 0.8
_FAILING_AT_LEAST = 3

THROTTLED = Shared(
    "Throttled",
    minutes=5,
    periods=3,
    says="A Lambda is throttled: Lambda has no concurrency left for it.",
    runbook="function-throttled",
)
SLOW = Shared(
    "Slow",
    minutes=5,
    periods=2,
    says=f"A Lambda takes over {_SLOW_SHARE:.0%} of its time limit: it will soon be cut off.",
    runbook="function-slow",
)
FAILING = Shared(
    "Failing",
    minutes=15,
    says=f"{_FAILING_AT_LEAST} or more jobs of one type failed for good within 15 minutes.",
    runbook="jobs-fail",
)


def alarm_on_function(function: lambda_.Function, *, plan: FunctionPlan, alarms: AlarmTopic, namespace: str) -> None:
    """Crashes, time-outs, throttles, runs close to the time limit, and jobs of its types that fail in number.

    One unlucky job is its user's to retry, several are the operator's to look into.
    """
    alarms.watch(
        function,
        "Crashing",
        metric=function.metric_errors(period=_FIVE_MINUTES),
        at_least=3,
        says=f"{plan.name} crashes or times out.",
        runbook="function-crashes",
    )
    alarms.share(THROTTLED, function.metric_throttles(), at_least=1)
    alarms.share(SLOW, function.metric_duration(statistic="p99"), at_least=_SLOW_SHARE * 1000 * plan.timeout_seconds)
    for job_type in plan.runs:
        alarms.share(FAILING, engine_metric(namespace, "Failed", type=job_type), at_least=_FAILING_AT_LEAST)


def alarm_on_silence(
    function: lambda_.Function, *, plan: FunctionPlan, timetable: Timetable, alarms: AlarmTopic, namespace: str
) -> None:
    """A schedule that stopped firing fails silently: watch that its ticks come.

    Of a Lambda that works off queues as well, they are counted by its handler (functions/shared/kernel/tick.py): its
    invocations say nothing.
    """
    ticks = engine_metric(namespace, "Ticks", schedule=plan.name) if plan.consumes else function.metric_invocations()
    alarms.watch_silence(
        function,
        "Silent",
        metric=ticks,
        minutes=timetable.silence_minutes,
        periods=timetable.silence_periods,
        says=f"{plan.name} has not run when its schedule was due.",
        runbook="reconciler-silent" if plan.name == "reconciler" else "schedule-silent",
    )


def alarm_on_reconciler(scope: Construct, *, alarms: AlarmTopic, namespace: str) -> None:
    """Due jobs that a run of the reconciler had no time for, minute after minute."""
    alarms.watch(
        scope,
        "ReconcilerBehind",
        metric=engine_metric(namespace, "DueJobs", found="left_over"),
        at_least=1,
        periods=10,
        says="The reconciler does not get through the jobs that are due: recovery is late.",
        runbook="reconciler-behind",
    )


def alarm_on_missed_ticks(scope: Construct, *, alarms: AlarmTopic, namespace: str) -> None:
    """A user's schedule whose tick did not come by its due time and the grace."""
    alarms.watch(
        scope,
        "ScheduleTicksMissed",
        metric=engine_metric(namespace, "ScheduleTicksMissed", period=_FIVE_MINUTES),
        at_least=1,
        says="A user's schedule did not start when it was due.",
        runbook="schedule-tick-missed",
    )


def alarm_on_misconfiguration(scope: Construct, *, alarms: AlarmTopic, namespace: str) -> None:
    """A permission, table or queue that a Lambda needs and does not have."""
    alarms.watch(
        scope,
        "Misconfigured",
        metric=engine_metric(namespace, "Misconfigured", period=_FIVE_MINUTES),
        at_least=1,
        says="A Lambda lacks a permission, a table or a queue: jobs wait until somebody mends it.",
        runbook="misconfigured",
    )


def alarm_on_api(api: apigateway.HttpApi, *, alarms: AlarmTopic) -> None:
    """Answers of 500 and above."""
    alarms.watch(
        api,
        "ServerErrors",
        metric=api.metric_server_error(period=_FIVE_MINUTES, statistic="Sum"),
        at_least=5,
        says="The API answers with server errors.",
        runbook="api-errors",
    )


def engine_metric(
    namespace: str, name: str, *, period: cdk.Duration | None = None, **dimensions: str
) -> cloudwatch.Metric:
    """A metric that the Lambdas write into their logs, as a sum."""
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic="Sum",
        period=period or cdk.Duration.minutes(1),
    )
