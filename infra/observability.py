"""Alarms on the Lambdas, the jobs, the schedules and the API. Each names its section of the runbook. Decision 0029."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.alarms import AlarmTopic
from infra.fleet import FunctionPlan, Timetable
from infra.python_function import PythonFunction

_FIVE_MINUTES = cdk.Duration.minutes(5)
_SLOW_SHARE = 0.8
_FAILING_AT_LEAST = 3


def count_runs(function: PythonFunction, *, plan: FunctionPlan, namespace: str) -> None:
    """Let the log count the invocations that crash or time out, and those that come close to the time limit.

    Lambda's own metrics say the same for each Lambda apart, and each would be an alarm of its own. What is counted
    here is one figure for all, which costs nothing while there is nothing to count (Lambda's developer guide,
    "Understanding logs": `platform.report`).
    """
    report = '$.type = "platform.report"'
    limit = f"{_SLOW_SHARE * 1000 * plan.timeout_seconds:.0f}"
    patterns = {
        "Crashed": f'{{ {report} && $.record.status != "success" }}',
        "Slow": f"{{ {report} && $.record.metrics.durationMs >= {limit} }}",
    }
    for name, pattern in patterns.items():
        function.own_log_group.add_metric_filter(
            f"{name}Runs",
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=namespace,
            metric_name=name,
            metric_value="1",
        )


def alarm_on_runs(scope: Construct, *, alarms: AlarmTopic, namespace: str) -> None:
    """What `count_runs` counts, and what Lambda had no concurrency for."""
    alarms.watch(
        scope,
        "Crashing",
        metric=engine_metric(namespace, "Crashed", period=_FIVE_MINUTES),
        at_least=3,
        says="A Lambda crashes or times out.",
        runbook="function-crashes",
    )
    alarms.watch(
        scope,
        "Slow",
        metric=engine_metric(namespace, "Slow", period=_FIVE_MINUTES),
        at_least=1,
        periods=2,
        says=f"A Lambda takes over {_SLOW_SHARE:.0%} of its time limit: it will soon be cut off.",
        runbook="function-slow",
    )
    # Of the whole account, whose concurrency all its Lambdas share: nothing is reserved here (decision 0022).
    throttled = cloudwatch.Metric(
        namespace="AWS/Lambda", metric_name="Throttles", statistic="Sum", period=_FIVE_MINUTES
    )
    alarms.watch(
        scope,
        "Throttled",
        metric=throttled,
        at_least=1,
        periods=3,
        says="Lambdas of this account are throttled: it has no concurrency left.",
        runbook="function-throttled",
    )


def alarm_on_jobs(scope: Construct, *, alarms: AlarmTopic, namespace: str) -> None:
    """Jobs that fail in number: one unlucky job is its user's to retry, several are the operator's to look into."""
    alarms.watch(
        scope,
        "Failing",
        metric=engine_metric(namespace, "FailedForGood", period=cdk.Duration.minutes(15)),
        at_least=_FAILING_AT_LEAST,
        says=f"{_FAILING_AT_LEAST} or more jobs failed for good within 15 minutes.",
        runbook="jobs-fail",
    )


def alarm_on_queues(scope: Construct, *, alarms: AlarmTopic, namespace: str) -> None:
    """What the reconciler counts in the queues. It does so every five minutes, and every minute."""
    alarms.watch(
        scope,
        "DeadLetters",
        metric=engine_metric(namespace, "DeadLetters", period=_FIVE_MINUTES),
        at_least=1,
        says="Work failed for good: its messages are in a dead-letter queue.",
        runbook="dead-letters",
    )
    alarms.watch(
        scope,
        "MissedTicks",
        metric=engine_metric(namespace, "MissedTicks", period=_FIVE_MINUTES),
        at_least=1,
        says="A scheduled run could not be started, or crashed: the tick is in a dead-letter queue.",
        runbook="missed-ticks",
    )
    alarms.watch(
        scope,
        "Stale",
        metric=engine_metric(namespace, "Stale", period=_FIVE_MINUTES),
        at_least=1,
        periods=3,
        says="A queue is not being worked off, or work in it waits for over half an hour.",
        runbook="queue-not-worked-off",
    )


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
