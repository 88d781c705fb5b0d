"""Every alarm reaches somebody and says what to do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel.consumer import MAX_RECEIVE_COUNT
from functions.shared.kernel.tally import NAMESPACE
from infra.fleet import FLEET, FunctionPlan
from tests.infra.template import Template, logical_id, rendered

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "runbook.md"
ANCHOR = re.compile(r"docs/runbook\.md#([a-z-]+)$")


def anchors() -> set[str]:
    """The addresses of the runbook's sections, as GitHub makes them."""
    headings = re.findall(r"^#{2,} (.+)$", RUNBOOK.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named(template: Template) -> dict[str, str]:
    """The section each alarm names, by logical id; an empty one when it names none."""
    found = {}
    for name, alarm in template.all("CloudWatch::Alarm").items():
        match = ANCHOR.search(alarm["AlarmDescription"])
        found[name] = match[1] if match else ""
    return found


def alarms_of(template: Template, metric: str) -> dict[str, dict[str, Any]]:
    """The alarms on a Lambda's own metric, by the function's logical id."""
    return {
        logical_id(alarm["Dimensions"][0]["Value"]): alarm
        for alarm in template.all("CloudWatch::Alarm").values()
        if alarm.get("MetricName") == metric and alarm.get("Namespace") == "AWS/Lambda"
    }


def failing(template: Template) -> dict[str, dict[str, Any]]:
    """The alarms on failing jobs, by job type."""
    alarms = template.all("CloudWatch::Alarm").values()
    return {alarm["Dimensions"][0]["Value"]: alarm for alarm in alarms if alarm.get("MetricName") == "Failed"}


def test_every_alarm_is_sent_to_the_topic(template: Template) -> None:
    (topic,) = template.all("SNS::Topic")
    for name, alarm in template.all("CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": topic}], name


def test_every_alarm_names_a_section_of_the_runbook(template: Template) -> None:
    assert {name: anchor for name, anchor in named(template).items() if anchor not in anchors()} == {}


def test_the_runbooks_table_leads_to_every_section_an_alarm_names() -> None:
    listed = set(re.findall(r"\| \[[^]]+\]\(#([a-z-]+)\) \|", RUNBOOK.read_text()))
    assert listed <= anchors()


def test_every_section_an_alarm_names_is_in_the_runbooks_table(template: Template) -> None:
    listed = set(re.findall(r"\| \[[^]]+\]\(#([a-z-]+)\) \|", RUNBOOK.read_text()))
    assert set(named(template).values()) <= listed


@pytest.mark.parametrize("plan", FLEET, ids=lambda plan: plan.name)
def test_a_lambda_close_to_its_time_limit_raises_an_alarm_before_it_is_cut_off(
    template: Template, plan: FunctionPlan
) -> None:
    alarm = alarms_of(template, "Duration")[template.function_id(plan.name)]
    assert alarm["ExtendedStatistic"] == "p99"
    assert alarm["Threshold"] == 800 * plan.timeout_seconds


@pytest.mark.parametrize("plan", FLEET, ids=lambda plan: plan.name)
@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_a_lambda_that_crashes_or_is_throttled_raises_an_alarm(
    template: Template, plan: FunctionPlan, metric: str
) -> None:
    assert alarms_of(template, metric)[template.function_id(plan.name)]["ComparisonOperator"].startswith("GreaterThan")


@pytest.mark.parametrize("job_type", sorted(KINDS))
def test_a_type_of_job_that_fails_in_number_raises_an_alarm(template: Template, job_type: str) -> None:
    alarm = failing(template)[job_type]

    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (NAMESPACE, "Failed", "Sum")
    assert alarm["Dimensions"] == [{"Name": "type", "Value": job_type}]
    assert (alarm["Threshold"], alarm["Period"]) == (3, 900)


def test_no_alarm_needs_metric_math_which_the_embedded_engine_lacks(template: Template) -> None:
    assert [name for name, alarm in template.all("CloudWatch::Alarm").items() if "Metrics" in alarm] == []


def test_every_lambda_that_works_off_a_queue_says_which_jobs_it_runs() -> None:
    assert sorted(job_type for plan in FLEET for job_type in plan.runs) == sorted(KINDS)


def test_the_redrive_policies_allow_as_many_deliveries_as_the_consumer_counts(template: Template) -> None:
    policies = [queue["RedrivePolicy"] for queue in template.all("SQS::Queue").values() if "RedrivePolicy" in queue]
    assert {policy["maxReceiveCount"] for policy in policies} == {MAX_RECEIVE_COUNT}


def test_metrics_reach_cloudwatch_whatever_level_is_logged(template: Template) -> None:
    for plan in FLEET:
        # Lambda takes a metric's line for INFO, so its own filter must let that through.
        logging = template.function(plan.name)["LoggingConfig"]
        assert logging["ApplicationLogLevel"] in ("TRACE", "DEBUG", "INFO")


def test_the_dashboard_shows_every_alarm_and_what_becomes_of_jobs(template: Template) -> None:
    body = rendered(template.only("CloudWatch::Dashboard")["DashboardBody"])
    for alarm in template.all("CloudWatch::Alarm"):
        assert alarm in body
    for metric in ("Admitted", "Completed", "Failed", "Recovered", "DeadLettered", "Waiting", "ActiveJobs", "DueJobs"):
        assert metric in body
    assert json.loads(body)["widgets"]
