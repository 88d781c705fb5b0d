"""Alarms on the Lambdas, the jobs, the schedules and the API. Each names its section of the runbook."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import AlarmTopic
from infra.fleet import FunctionPlan, Timetable

NAMESPACE = "Flywheel"  # functions/shared/kernel/tally.py
_FIVE_MINUTES = cdk.Duration.minutes(5)
_QUARTER = cdk.Duration.minutes(15)
_SLOW_SHARE = 0.8
_FAILING_AT_LEAST = 3


def alarm_on_function(function: lambda_.Function, *, plan: FunctionPlan, alarms: AlarmTopic) -> None:
    """Crashes, time-outs, throttles, runs close to the time limit, and jobs of its types that fail in number."""
    name = plan.name
    alarms.watch(
        function,
        "Crashing",
        metric=function.metric_errors(period=_FIVE_MINUTES),
        at_least=3,
        says=f"{name} crashes or times out.",
        runbook="function-crashes",
    )
    alarms.watch(
        function,
        "Throttled",
        metric=function.metric_throttles(period=_FIVE_MINUTES),
        at_least=1,
        periods=3,
        says=f"{name} is throttled: Lambda has no concurrency left for it.",
        runbook="function-throttled",
    )
    alarms.watch(
        function,
        "Slow",
        metric=function.metric_duration(period=_FIVE_MINUTES, statistic="p99"),
        at_least=_SLOW_SHARE * 1000 * plan.timeout_seconds,
        periods=2,
        says=f"{name} takes over {_SLOW_SHARE:.0%} of its {plan.timeout_seconds} s: it will soon be cut off.",
        runbook="function-slow",
    )
    for job_type in plan.runs:
        _alarm_on_failing_jobs(function, job_type=job_type, alarms=alarms)


def alarm_on_silence(function: lambda_.Function, *, name: str, timetable: Timetable, alarms: AlarmTopic) -> None:
    """A schedule that stopped firing fails silently: watch that the function runs at all."""
    alarms.watch_silence(
        function,
        "Silent",
        metric=function.metric_invocations(period=cdk.Duration.minutes(timetable.silence_minutes)),
        periods=timetable.silence_periods,
        says=f"{name} has not run when its schedule was due.",
        runbook="reconciler-silent" if name == "reconciler" else "schedule-silent",
    )


def alarm_on_reconciler(scope: Construct, *, alarms: AlarmTopic) -> None:
    """Due jobs that a run of the reconciler had no time for, minute after minute."""
    alarms.watch(
        scope,
        "ReconcilerBehind",
        metric=engine_metric("DueJobs", found="left_over"),
        at_least=1,
        periods=10,
        says="The reconciler does not get through the jobs that are due: recovery is late.",
        runbook="reconciler-behind",
    )


def alarm_on_missed_ticks(scope: Construct, *, alarms: AlarmTopic) -> None:
    """A user's schedule whose tick did not come by its due time and the grace."""
    alarms.watch(
        scope,
        "ScheduleTicksMissed",
        metric=engine_metric("ScheduleTicksMissed", period=_FIVE_MINUTES),
        at_least=1,
        says="A user's schedule did not start when it was due.",
        runbook="schedule-tick-missed",
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


def engine_metric(name: str, *, period: cdk.Duration | None = None, **dimensions: str) -> cloudwatch.Metric:
    """A metric that the Lambdas write into their logs, as a sum."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map=dimensions,
        statistic="Sum",
        period=period or cdk.Duration.minutes(1),
    )


def _alarm_on_failing_jobs(function: lambda_.Function, *, job_type: str, alarms: AlarmTopic) -> None:
    """One unlucky job is its user's to retry, several are the operator's to look into.

    Their share of all jobs is on the dashboard: an alarm on it would need metric math, which the embedded engine lacks.
    """
    alarms.watch(
        function,
        f"Failing-{job_type}",
        metric=engine_metric("Failed", period=_QUARTER, type=job_type),
        at_least=_FAILING_AT_LEAST,
        says=f"{_FAILING_AT_LEAST} or more {job_type} jobs failed for good within 15 minutes.",
        runbook="jobs-fail",
    )
