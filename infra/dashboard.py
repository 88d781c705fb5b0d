"""One page over all of it: what is alarming, what becomes of jobs, what waits, and how the Lambdas do."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import RUNBOOK, AlarmTopic
from infra.work_queue import WorkQueue

_MINUTE = cdk.Duration.minutes(1)
_TRANSITIONS = (
    "Admitted",
    "Claimed",
    "Completed",
    "Retried",
    "Deferred",
    "Failed",
    "FailedQuietly",
    "Cancelled",
    "Recovered",
    "Restarted",
    "DeadLettered",
)


def add_dashboard(
    scope: Construct,
    *,
    functions: Mapping[str, lambda_.Function],
    lanes: Mapping[str, WorkQueue],
    api: apigateway.HttpApi,
    alarms: AlarmTopic,
    namespace: str,
) -> None:
    """Read from the top: alarms, jobs, queues, Lambdas, the API."""
    graphs = {**_job_graphs(namespace), **_queue_graphs(lanes), **_function_graphs(functions)}
    graphs["API calls"] = [api.metric_count(), api.metric_client_error(), api.metric_server_error()]
    text = f"What an alarm means and what to do about it: `{RUNBOOK}`."
    cloudwatch.Dashboard(
        scope,
        "Dashboard",
        default_interval=cdk.Duration.hours(3),
        widgets=[
            [cloudwatch.TextWidget(markdown=text, width=24, height=1)],
            [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms.raised, width=24, height=4)],
            *([_graph(title, metrics) for title, metrics in row] for row in _pairs(list(graphs.items()))),
        ],
    )


def _job_graphs(namespace: str) -> dict[str, list[cloudwatch.IMetric]]:
    return {
        "Jobs: what happened": [_over_types(f"SUM({_search(namespace, name, 'Sum')})", name) for name in _TRANSITIONS],
        "Jobs failed for good, by type": [_over_types(_search(namespace, "Failed", "Sum"), "")],
        "Jobs waiting to run, p95 (ms)": [_over_types(_search(namespace, "Waiting", "p95"), "")],
        "Duration of a run, p95 (ms)": [_over_types(_search(namespace, "Duration", "p95"), "")],
        "Active jobs by state": [_over_types(_search(namespace, "ActiveJobs", "Maximum", dimension="state"), "")],
        "What the reconciler found": [_over_types(_search(namespace, "DueJobs", "Sum", dimension="found"), "")],
    }


def _queue_graphs(lanes: Mapping[str, WorkQueue]) -> dict[str, list[cloudwatch.IMetric]]:
    return {
        "Waiting messages": [
            lane.queue.metric_approximate_number_of_messages_visible(label=name) for name, lane in lanes.items()
        ],
        "Age of the oldest message (s)": [
            lane.queue.metric_approximate_age_of_oldest_message(label=name) for name, lane in lanes.items()
        ],
        "Dead letters": [
            lane.dead_letters.metric_approximate_number_of_messages_visible(label=name) for name, lane in lanes.items()
        ],
    }


def _function_graphs(functions: Mapping[str, lambda_.Function]) -> dict[str, list[cloudwatch.IMetric]]:
    return {
        "Crashes and time-outs": [function.metric_errors(label=name) for name, function in functions.items()],
        "Throttles": [function.metric_throttles(label=name) for name, function in functions.items()],
        "Duration of an invocation, p99 (ms)": [
            function.metric_duration(label=name, statistic="p99") for name, function in functions.items()
        ],
    }


def _search(namespace: str, name: str, statistic: str, *, dimension: str = "type") -> str:
    """Every value of the dimension, those of Lambdas to come included."""
    return f"SEARCH('{{\"{namespace}\",{dimension}}} MetricName=\"{name}\"', '{statistic}', 60)"


def _over_types(expression: str, label: str) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(expression=expression, label=label, period=_MINUTE, using_metrics={})


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=12)


def _pairs(
    graphs: Sequence[tuple[str, Sequence[cloudwatch.IMetric]]],
) -> list[Sequence[tuple[str, Sequence[cloudwatch.IMetric]]]]:
    return [graphs[start : start + 2] for start in range(0, len(graphs), 2)]
