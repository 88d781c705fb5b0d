"""Every alarm reaches somebody and says what to do."""

import json
import re
from pathlib import Path

import pytest

from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel.consumer import MAX_RECEIVE_COUNT
from functions.shared.kernel.tally import NAMESPACE
from infra.fleet import FLEET, FunctionPlan
from ops.local_differences import watch_one_metric_each
from tests.infra.template import Properties, Template, logical_id, rendered

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


def test_every_alarm_tells_the_topic_when_it_is_raised_and_when_it_is_over(template: Template) -> None:
    (topic,) = template.all("SNS::Topic")
    for name, alarm in template.all("CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": topic}], name
        assert alarm["OKActions"] == [{"Ref": topic}], name


def test_there_are_few_alarms_and_each_watches_one_metric(template: Template) -> None:
    """CloudWatch bills each metric of each alarm."""
    assert len(template.all("CloudWatch::Alarm")) == len(template.watched()) <= 17


def test_every_alarm_names_a_section_of_the_runbook(template: Template) -> None:
    assert {name: anchor for name, anchor in named(template).items() if anchor not in anchors()} == {}


def test_the_runbooks_table_leads_to_every_section_an_alarm_names() -> None:
    listed = set(re.findall(r"\| \[[^]]+\]\(#([a-z-]+)\) \|", RUNBOOK.read_text()))
    assert listed <= anchors()


def test_every_section_an_alarm_names_is_in_the_runbooks_table(template: Template) -> None:
    listed = set(re.findall(r"\| \[[^]]+\]\(#([a-z-]+)\) \|", RUNBOOK.read_text()))
    assert set(named(template).values()) <= listed


def filters(template: Template, name: str) -> dict[str, Properties]:
    """What counts this figure in the logs: the filter of each log group."""
    found = {}
    for each in template.all("Logs::MetricFilter").values():
        (made,) = each["MetricTransformations"]
        if made["MetricName"] == name:
            assert (made["MetricNamespace"], made["MetricValue"]) == (NAMESPACE, "1")
            assert "DefaultValue" not in made, "a figure of nothing is billed, too"
            found[logical_id(each["LogGroupName"])] = each
    return found


@pytest.mark.parametrize("plan", FLEET, ids=lambda plan: plan.name)
def test_every_lambdas_log_counts_what_crashes_and_what_comes_close_to_its_time_limit(
    template: Template, plan: FunctionPlan
) -> None:
    group = logical_id(template.function(plan.name)["LoggingConfig"]["LogGroup"])

    crashed, slow = (filters(template, name)[group]["FilterPattern"] for name in ("Crashed", "Slow"))
    assert crashed == '{ $.type = "platform.report" && $.record.status != "success" }'
    limit = 800 * plan.timeout_seconds
    assert slow == f'{{ $.type = "platform.report" && $.record.metrics.durationMs >= {limit} }}'


@pytest.mark.parametrize(
    ("metric", "limit", "minutes"),
    [
        ("Crashed", 3, 5),
        ("Slow", 1, 10),
        ("FailedForGood", 3, 15),
        ("DeadLetters", 1, 5),
        ("MissedTicks", 1, 5),
        ("Stale", 1, 15),
    ],
)
def test_what_is_counted_raises_an_alarm(template: Template, metric: str, limit: int, minutes: int) -> None:
    (watched,) = template.watched(metric)

    assert (watched.namespace, watched.dimensions, watched.statistic) == (NAMESPACE, {}, "Sum")
    assert (watched.limit, watched.period * watched.alarm["EvaluationPeriods"]) == (limit, 60 * minutes)
    assert watched.alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert watched.alarm["TreatMissingData"] == "notBreaching"


def test_throttles_are_watched_over_the_account_whose_concurrency_all_lambdas_share(template: Template) -> None:
    (watched,) = template.watched("Throttles")

    assert (watched.namespace, watched.dimensions, watched.limit) == ("AWS/Lambda", {}, 1)


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
