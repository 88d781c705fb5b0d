"""Alarms on the Lambdas and the API, and one dashboard over all of it."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import AlarmTopic
from infra.fleet import Timetable
from infra.work_queue import WorkQueue

_FIVE_MINUTES = cdk.Duration.minutes(5)


def alarm_on_function(function: lambda_.Function, *, name: str, alarms: AlarmTopic) -> None:
    """Crashes, time-outs and throttles. A job that fails in an orderly way is none of them."""
    errors = function.metric_errors(period=_FIVE_MINUTES)
    alarms.watch(function, "Crashing", metric=errors, at_least=3, says=f"{name} crashes or times out: see its log.")
    throttles = function.metric_throttles(period=_FIVE_MINUTES)
    says = f"{name} is throttled: raise the account's Lambda concurrency."
    alarms.watch(function, "Throttled", metric=throttles, at_least=1, periods=3, says=says)


def alarm_on_silence(function: lambda_.Function, *, name: str, timetable: Timetable, alarms: AlarmTopic) -> None:
    """A schedule that stopped firing fails silently: watch that the function runs at all."""
    runs = function.metric_invocations(period=cdk.Duration.minutes(timetable.silence_minutes))
    says = f"{name} has not run when its schedule was due."
    alarms.watch_silence(function, "Silent", metric=runs, periods=timetable.silence_periods, says=says)


def alarm_on_api(api: apigateway.HttpApi, *, alarms: AlarmTopic) -> None:
    """Answers of 500 and above."""
    metric = api.metric_server_error(period=_FIVE_MINUTES, statistic="Sum")
    alarms.watch(api, "ServerErrors", metric=metric, at_least=5, says="The API answers with server errors.")


def add_dashboard(
    scope: Construct,
    *,
    functions: Mapping[str, lambda_.Function],
    lanes: Mapping[str, WorkQueue],
    api: apigateway.HttpApi,
) -> None:
    """Queues, functions and the API on one page."""
    dead = [lane.dead_letters.metric_approximate_number_of_messages_visible(label=name) for name, lane in lanes.items()]
    waiting = [lane.queue.metric_approximate_number_of_messages_visible(label=name) for name, lane in lanes.items()]
    oldest = [lane.queue.metric_approximate_age_of_oldest_message(label=name) for name, lane in lanes.items()]
    errors = [function.metric_errors(label=name) for name, function in functions.items()]
    p95 = [function.metric_duration(label=name, statistic="p95") for name, function in functions.items()]
    answers = [api.metric_count(), api.metric_client_error(), api.metric_server_error()]
    graphs = {
        "Waiting messages": waiting,
        "Age of the oldest message (s)": oldest,
        "Dead letters": dead,
        "Crashes": errors,
        "Duration, p95 (ms)": p95,
        "API calls": answers,
    }
    cloudwatch.Dashboard(
        scope,
        "Dashboard",
        widgets=[
            [cloudwatch.GraphWidget(title=title, left=list(metrics), width=12)] for title, metrics in graphs.items()
        ],
    )
