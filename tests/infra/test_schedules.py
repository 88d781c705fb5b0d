"""What is promised about the schedules."""

import json

import pytest

from tests.infra.template import Properties, Template, logical_id

SCHEDULED = {
    "pseo_generator": "cron(0 5 * * ? *)",
    "reconciler": "rate(1 minute)",
    "scraper": "rate(5 minutes)",
    "analytics": "rate(1 hour)",
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


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_schedule_that_stops_firing_raises_an_alarm(template: Template, name: str) -> None:
    silent = [
        alarm
        for alarm in template.all("CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "Invocations"
        and logical_id(alarm["Dimensions"][0]["Value"]) == template.function_id(name)
    ]

    assert [alarm["TreatMissingData"] for alarm in silent] == ["breaching"]
