"""Every alarm reaches somebody and says what to do."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel.consumer import MAX_RECEIVE_COUNT
from functions.shared.kernel.tally import NAMESPACE
from infra.fleet import FLEET, FunctionPlan
from ops.local_differences import watch_one_metric_each
from tests.infra.template import Template, Watched, rendered

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


def of_lambdas(template: Template, metric: str) -> dict[str, Watched]:
    """What is watched of a Lambda's own metric, by the function's logical id."""
    found = [each for each in template.watched(metric) if each.namespace == "AWS/Lambda"]
    return {each.dimensions["FunctionName"]: each for each in found}


def test_every_alarm_tells_the_topic_when_it_is_raised_and_when_it_is_over(template: Template) -> None:
    (topic,) = template.all("SNS::Topic")
    for name, alarm in template.all("CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": topic}], name
        assert alarm["OKActions"] == [{"Ref": topic}], name


def test_there_are_few_alarms_and_each_watches_no_more_metrics_than_cloudwatch_allows(template: Template) -> None:
    alarms = template.all("CloudWatch::Alarm")
    assert len(alarms) <= 35
    assert max(Counter(each.name for each in template.watched()).values()) <= 10
    for alarm in alarms.values():
        for query in alarm.get("Metrics", []):
            assert len(query.get("Expression", "")) <= 1024


def test_a_shared_alarm_is_raised_by_the_worst_of_its_metrics_and_a_missing_one_counts_as_none(
    template: Template,
) -> None:
    for alarm in template.all("CloudWatch::Alarm").values():
        ids = [query["Id"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
        for query in alarm.get("Metrics", []):
            if "Expression" in query and len(ids) > 1:
                assert re.fullmatch(r"MAX\(\[(FILL\(m\d, 0\) / [0-9.]+(, )?)+\]\)", query["Expression"])
                assert all(f"FILL({each}, 0)" in query["Expression"] for each in ids)


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
    watched = of_lambdas(template, "Duration")[template.function_id(plan.name)]
    assert (watched.statistic, watched.limit) == ("p99", 800 * plan.timeout_seconds)
    assert watched.alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


@pytest.mark.parametrize("plan", FLEET, ids=lambda plan: plan.name)
@pytest.mark.parametrize(("metric", "limit"), [("Errors", 3), ("Throttles", 1)])
def test_a_lambda_that_crashes_or_is_throttled_raises_an_alarm(
    template: Template, plan: FunctionPlan, metric: str, limit: int
) -> None:
    watched = of_lambdas(template, metric)[template.function_id(plan.name)]
    assert (watched.statistic, watched.limit) == ("Sum", limit)
    assert watched.alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


@pytest.mark.parametrize("job_type", sorted(KINDS))
def test_a_type_of_job_that_fails_in_number_raises_an_alarm(template: Template, job_type: str) -> None:
    (watched,) = (each for each in template.watched("Failed") if each.dimensions == {"type": job_type})

    assert (watched.namespace, watched.statistic) == (NAMESPACE, "Sum")
    assert (watched.limit, watched.period) == (3, 900)


def test_something_an_operator_must_mend_raises_an_alarm_within_five_minutes(template: Template) -> None:
    (watched,) = template.watched("Misconfigured")

    assert (watched.namespace, watched.dimensions, watched.statistic) == (NAMESPACE, {}, "Sum")
    assert (watched.limit, watched.period, watched.alarm["EvaluationPeriods"]) == (1, 300, 1)


def test_the_embedded_engine_which_lacks_metric_math_gets_each_alarm_on_one_metric(template: Template) -> None:
    body = json.loads(json.dumps(template.body))
    watch_one_metric_each(body)
    adapted = Template(body).watched()

    assert len(adapted) == len(template.all("CloudWatch::Alarm"))
    assert [each.name for each in adapted if "Metrics" in each.alarm] == []
    assert {(one.metric, one.limit) for one in adapted} <= {(one.metric, one.limit) for one in template.watched()}


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
