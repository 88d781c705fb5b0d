"""The lines of the bill: from the template what is there, from counted runs what is asked of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.bill import prices
from benchmarks.bill.runs import Run
from functions.reconciler.gauges import COUNT_EVERY_MINUTES

Template = Mapping[str, Any]

POLLS_A_MINUTE = 15
"""Of an idle event source with a maximum concurrency: five pollers that wait 20 seconds each."""

SECONDS_A_CALL, SECONDS_A_RUN = 0.008, 0.02
"""What an idle run is reckoned to take: so much for each call to AWS, and for itself."""

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}


@dataclass(frozen=True)
class Line:
    """Something that costs, what of it there is, and dollars a month."""

    what: str
    amount: str
    dollars: float


def resources(template: Template, kind: str) -> list[Mapping[str, Any]]:
    """The properties of all resources of a type."""
    return [each.get("Properties", {}) for each in template["Resources"].values() if each["Type"] == f"AWS::{kind}"]


def times_a_month(expression: str) -> float:
    """How often a schedule fires. ValueError for an expression that is not reckoned with yet."""
    found = _RATE.fullmatch(expression)
    if found is None:
        raise ValueError(f"{expression}: say here how often that is a month")
    return prices.MINUTES / (int(found[1]) * _MINUTES[found[2]])


def standing(template: Template) -> Iterator[Line]:
    """What costs because it is there."""
    watched = [metric for alarm in resources(template, "CloudWatch::Alarm") for metric in _metrics(alarm)]
    yield Line("alarms", f"{len(watched)} metrics", len(watched) * prices.ALARM_METRIC)
    dashboards = len(resources(template, "CloudWatch::Dashboard"))
    yield Line("dashboard", str(dashboards), dashboards * prices.DASHBOARD)
    ticks = sum(name == "Ticks" for name in watched)
    yield Line("custom metrics: ticks of schedules", str(ticks), ticks * prices.CUSTOM_METRIC)
    secrets = len(resources(template, "SecretsManager::Secret"))
    yield Line("secrets", str(secrets), secrets * prices.SECRET)
    sources = len(resources(template, "Lambda::EventSourceMapping"))
    polls = sources * POLLS_A_MINUTE * prices.MINUTES
    yield Line("event sources that poll", f"{sources} queues", polls / prices.MILLION * prices.SQS_REQUESTS)
    counted = len(resources(template, "SQS::Queue")) - sources
    requests = counted * prices.MINUTES / COUNT_EVERY_MINUTES
    yield Line("dead letters, counted", f"{counted} queues", requests / prices.MILLION * prices.SQS_REQUESTS)


def scheduled(template: Template, name: str, expression: str, run: Run) -> Line:
    """What a scheduled Lambda's runs cost while they find nothing to do."""
    times = times_a_month(expression)
    (function,) = (each for each in resources(template, "Lambda::Function") if f".{name}." in each.get("Handler", ""))
    seconds = SECONDS_A_RUN + SECONDS_A_CALL * run.calls.total()
    is_traced = function.get("TracingConfig", {}).get("Mode") == "Active"
    one = (
        prices.SCHEDULER / prices.MILLION
        + prices.LAMBDA_REQUESTS / prices.MILLION
        + seconds * function["MemorySize"] / 1024 * prices.LAMBDA_GB_SECOND
        + _asked(run)
        + (prices.TRACES / prices.MILLION if is_traced else 0)
    )
    return Line(f"`{name}` on its schedule", f"{times:,.0f} runs of {run.calls.total()} calls", times * one)


def _asked(run: Run) -> float:
    """What a run asks of DynamoDB, SQS and the log."""
    return (
        run.requests("sqs") * prices.SQS_REQUESTS / prices.MILLION
        + run.read_units * prices.READ_UNITS / prices.MILLION
        + run.write_units * prices.WRITE_UNITS / prices.MILLION
        + run.log_bytes / 1e9 * prices.LOG_GB
    )


WORKER_SECONDS, API_SECONDS = 5.0, 0.1
"""A job that waits for a model, and the call that submits it; both Lambdas have 1 GB."""

JOB_KB = 3
METRICS_OF_A_TYPE = 5
"""Admitted, Claimed, Completed, Waiting and Duration: one of each for each type of job, whatever the number of jobs."""


def jobs(number: int, run: Run) -> Iterator[Line]:
    """What so many ordinary jobs a month cost beside the standing costs."""
    millions = number / prices.MILLION
    if not number:
        return
    yield Line("calls of the API", f"{number:,}", millions * prices.HTTP_API)
    seconds = number * (WORKER_SECONDS + API_SECONDS)
    compute = seconds * prices.LAMBDA_GB_SECOND + 2 * millions * prices.LAMBDA_REQUESTS
    yield Line("Lambda", f"{WORKER_SECONDS + API_SECONDS:.1f} GB-seconds a job", compute)
    units = millions * (run.write_units * prices.WRITE_UNITS + run.read_units * prices.READ_UNITS)
    yield Line("DynamoDB", f"{run.write_units} write units a job", units)
    stored = number * JOB_KB / 1e6 * prices.STORED_GB
    yield Line("DynamoDB, kept for 30 days", f"{JOB_KB} KB a job", stored)
    requests = run.requests("sqs")
    yield Line("SQS", f"{requests} requests a job", millions * requests * (prices.SQS_REQUESTS + prices.FAIR_QUEUE))
    yield Line("logs", f"{run.log_bytes / 1000:.1f} KB a job", number * run.log_bytes / 1e9 * prices.LOG_GB)
    yield Line("traces", "2 a job", 2 * millions * prices.TRACES)
    yield Line("custom metrics", f"{METRICS_OF_A_TYPE}, of one type", METRICS_OF_A_TYPE * prices.CUSTOM_METRIC)


def _metrics(alarm: Mapping[str, Any]) -> list[str]:
    if "Metrics" not in alarm:
        return [alarm["MetricName"]]
    return [query["MetricStat"]["Metric"]["MetricName"] for query in alarm["Metrics"] if "MetricStat" in query]
