"""What is promised about the schedules."""

import json

import pytest

from functions.shared.kernel.tally import NAMESPACE
from infra.fleet import FLEET
from tests.infra.template import Properties, Template, Watched, logical_id

SCHEDULED = {
    "pseo_generator": "rate(5 minutes)",
    "reconciler": "rate(1 minute)",
    "scraper": "rate(5 minutes)",
    "analytics": "rate(5 minutes)",
}


def schedule_of(template: Template, name: str) -> Properties:
    function = template.function_id(name)
    schedules = template.all("Scheduler::Schedule").values()
    (found,) = (each for each in schedules if logical_id(each["Target"]["Arn"]) == function)
    return found


def test_nothing_else_is_scheduled(template: Template) -> None:
    assert len(template.all("Scheduler::Schedule")) == len(SCHEDULED)


@pytest.mark.parametrize(("name", "expression"), SCHEDULED.items())
def test_a_scheduled_function_runs_at_its_time_in_utc_and_is_told_when_it_was_due(
    template: Template, name: str, expression: str
) -> None:
    schedule = schedule_of(template, name)

    assert schedule["ScheduleExpression"] == expression
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert json.loads(schedule["Target"]["Input"]) == {"scheduled_time": "<aws.scheduler.scheduled-time>"}


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_tick_that_cannot_be_delivered_is_retried_within_limits_and_then_kept(template: Template, name: str) -> None:
    target = schedule_of(template, name)["Target"]

    assert target["RetryPolicy"]["MaximumRetryAttempts"] <= 10
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 3600
    assert logical_id(target["DeadLetterConfig"]["Arn"]) in template.all("SQS::Queue")


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_schedules_role_may_only_start_its_function_and_fill_its_dead_letter_queue(
    template: Template, name: str
) -> None:
    target = schedule_of(template, name)["Target"]
    role = logical_id(target["RoleArn"])
    may = {
        (action, logical_id(resource))
        for statement in template.statements(role)
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    (trust,) = template.all("IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]

    invoked = [resource for action, resource in may if action == "lambda:InvokeFunction"]
    assert invoked == [template.function_id(name)]
    assert {resource for action, resource in may if action.startswith("sqs:")} == {
        logical_id(target["DeadLetterConfig"]["Arn"])
    }
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_tick_that_was_delivered_but_failed_is_kept_too(template: Template, name: str) -> None:
    function = template.function_id(name)
    configs = template.all("Lambda::EventInvokeConfig").values()
    (config,) = (each for each in configs if logical_id(each["FunctionName"]) == function)

    assert logical_id(config["DestinationConfig"]["OnFailure"]["Destination"]) in template.all("SQS::Queue")


def silence(template: Template, name: str) -> Watched:
    """What tells that a schedule has stopped firing."""
    ticks = [each for each in template.watched("Ticks") if each.dimensions == {"schedule": name}]
    function = {"FunctionName": template.function_id(name)}
    invocations = [each for each in template.watched("Invocations") if each.dimensions == function]
    (found,) = ticks + invocations
    return found


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_schedule_that_stops_firing_raises_an_alarm_though_queues_invoke_its_function_too(
    template: Template, name: str
) -> None:
    (plan,) = (each for each in FLEET if each.name == name)
    watched = silence(template, name)

    assert (watched.namespace, watched.metric) == (
        (NAMESPACE, "Ticks") if plan.consumes else ("AWS/Lambda", "Invocations")
    )
    assert (watched.alarm["ComparisonOperator"], watched.limit) == ("LessThanThreshold", 1)
    assert watched.alarm["TreatMissingData"] == "breaching"
    assert "FILL(m0, 0)" in [query.get("Expression") for query in watched.alarm["Metrics"]]


@pytest.mark.parametrize(
    ("name", "every", "late"),
    [("reconciler", 1, 5), ("scraper", 5, 35), ("analytics", 5, 35), ("pseo_generator", 5, 35)],
)
def test_silence_is_told_soon_after_a_tick_was_due_and_never_between_two_ticks(
    template: Template, name: str, every: int, late: int
) -> None:
    """Times in minutes. Periods may begin at any minute, so that one more may pass."""
    watched = silence(template, name)
    quiet = watched.period // 60 * watched.alarm["EvaluationPeriods"]

    assert every < quiet
    assert quiet + watched.period // 60 - every <= late
