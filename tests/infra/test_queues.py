"""What is promised about every lane and every dead-letter queue."""

import json

import pytest

from infra.fleet import FLEET, FunctionPlan
from tests.infra.template import Properties, Template, logical_id

AT_ONCE = {
    "pages": 4,
    "pages-high": 2,
    "content": 6,
    "content-high": 4,
    "social": 6,
    "social-high": 4,
    "scraping": 20,
    "scraping-high": 10,
    "analytics": 40,
    "analytics-high": 20,
    "notices": 4,
}
LANES = tuple(AT_ONCE)
FOURTEEN_DAYS = 14 * 24 * 3600


def lane_ids(template: Template) -> dict[str, str]:
    """The logical id of each lane's queue, as the API knows it."""
    found: dict[str, str] = json.loads(template.environment("api")["QUEUE_URLS"])
    return found


def redrive_policies(template: Template) -> list[Properties]:
    queues = template.all("SQS::Queue").values()
    return [queue["RedrivePolicy"] for queue in queues if "RedrivePolicy" in queue]


def dead_letter_ids(template: Template) -> set[str]:
    """Every queue something is moved into when it could not be handled."""
    redriven = {
        logical_id(queue["RedrivePolicy"]["deadLetterTargetArn"])
        for queue in template.all("SQS::Queue").values()
        if "RedrivePolicy" in queue
    }
    return redriven | (set(template.all("SQS::Queue")) - set(lane_ids(template).values()))


def consumers(template: Template, queue_id: str) -> list[Properties]:
    sources = template.all("Lambda::EventSourceMapping").values()
    return [source for source in sources if logical_id(source["EventSourceArn"]) == queue_id]


def test_every_family_has_a_normal_and_a_high_lane_and_notifications_have_one(template: Template) -> None:
    assert set(lane_ids(template)) == set(LANES)


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_moves_a_message_to_its_own_dead_letter_queue_after_five_receives(template: Template, lane: str) -> None:
    policies = {name: template.all("SQS::Queue")[queue]["RedrivePolicy"] for name, queue in lane_ids(template).items()}
    target = policies[lane]["deadLetterTargetArn"]

    assert policies[lane]["maxReceiveCount"] == 5
    assert [name for name, policy in policies.items() if policy["deadLetterTargetArn"] == target] == [lane]


def test_dead_letters_are_kept_14_days_and_counted_by_the_reconciler(template: Template) -> None:
    counted = json.loads(template.environment("reconciler")["COUNTED_QUEUES"])
    lanes = {logical_id(policy["deadLetterTargetArn"]) for policy in redrive_policies(template)}

    assert len(dead_letter_ids(template)) == len(LANES) + 5, "each lane, each scheduled function, and users' schedules"
    assert set(counted["DeadLetters"]) == lanes
    assert set(counted["MissedTicks"]) == dead_letter_ids(template) - lanes
    for queue in dead_letter_ids(template):
        assert template.all("SQS::Queue")[queue]["MessageRetentionPeriod"] == FOURTEEN_DAYS
        assert queue in template.may("reconciler", "sqs:GetQueueAttributes")


def test_the_reconciler_looks_whether_every_lane_is_worked_off(template: Template) -> None:
    assert set(json.loads(template.environment("reconciler")["QUEUE_URLS"])) == set(LANES)


def test_every_lane_has_one_consumer(template: Template) -> None:
    assert {lane: len(consumers(template, queue)) for lane, queue in lane_ids(template).items()} == dict.fromkeys(
        LANES, 1
    )


@pytest.mark.parametrize("plan", [plan for plan in FLEET if plan.consumes], ids=lambda plan: plan.name)
def test_a_lane_is_consumed_one_job_at_a_time_with_partial_failures_and_its_own_concurrency(
    template: Template, plan: FunctionPlan
) -> None:
    for lane in plan.consumes:
        queue = lane_ids(template)[lane]
        (source,) = consumers(template, queue)
        visibility = template.all("SQS::Queue")[queue]["VisibilityTimeout"]
        assert logical_id(source["FunctionName"]) == template.function_id(plan.name)
        assert source["BatchSize"] == 1
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["ScalingConfig"] == {"MaximumConcurrency": AT_ONCE[lane]}
        assert visibility == 6 * template.function(plan.name)["Timeout"]


def test_every_queue_is_encrypted_and_refuses_plain_http(template: Template) -> None:
    protected = {
        logical_id(queue)
        for policy in template.all("SQS::QueuePolicy").values()
        for queue in policy["Queues"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }

    assert protected == set(template.all("SQS::Queue"))
    assert all(queue["SqsManagedSseEnabled"] for queue in template.all("SQS::Queue").values())


def test_cloudwatch_may_publish_to_the_alarm_topic(template: Template) -> None:
    statements = template.only("SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    allowed = [each["Principal"] for each in statements if each["Effect"] == "Allow"]

    assert {"Service": "cloudwatch.amazonaws.com"} in allowed
