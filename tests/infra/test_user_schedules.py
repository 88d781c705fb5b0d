"""What is promised about the schedules that users make."""

from tests.infra.template import Template, logical_id

GROUP = "Flywheel-schedules"
KEEPERS = ("api", "reconciler")


def role_and_queue(template: Template) -> tuple[str, str]:
    given = template.environment("api")
    return given["SCHEDULE_ROLE"], given["SCHEDULE_DEAD_LETTERS"]


def test_they_lie_in_a_group_of_their_own(template: Template) -> None:
    assert template.only("Scheduler::ScheduleGroup")["Name"] == GROUP
    for name in KEEPERS:
        assert template.environment(name)["SCHEDULE_GROUP"] == GROUP


def test_only_the_api_and_the_reconciler_keep_them_and_only_in_that_group(template: Template) -> None:
    names = ["api", "reconciler", "scheduler_tick", "social_poster", "pseo_generator"]
    for verb in ("Create", "Update", "Delete"):
        may = {name: template.may(name, f"scheduler:{verb}Schedule") for name in names}
        assert [name for name in names if may[name]] == list(KEEPERS)
        assert all(resource.endswith(f":schedule/{GROUP}/*") for name in KEEPERS for resource in may[name])


def test_their_role_is_passed_to_the_scheduler_only(template: Template) -> None:
    role, _ = role_and_queue(template)
    for name in KEEPERS:
        (statement,) = (
            each for each in template.statements(template.role_of(name)) if "iam:PassRole" in each["Action"]
        )
        assert [logical_id(resource) for resource in statement["Resource"]] == [role]
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_their_role_may_only_start_the_tick_and_fill_its_dead_letter_queue(template: Template) -> None:
    role, queue = role_and_queue(template)
    may = {
        (action, logical_id(resource))
        for statement in template.statements(role)
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    tick = template.function_id("scheduler_tick")

    assert {found for found in may if not found[0].startswith("sqs:")} == {("lambda:InvokeFunction", tick)}
    assert {resource for action, resource in may if action.startswith("sqs:")} == {queue}
    assert template.environment("api")["SCHEDULE_TARGET"] == tick


def test_a_tick_that_was_delivered_but_failed_is_kept(template: Template) -> None:
    _, queue = role_and_queue(template)
    tick = template.function_id("scheduler_tick")
    (config,) = (
        each for each in template.all("Lambda::EventInvokeConfig").values() if logical_id(each["FunctionName"]) == tick
    )

    assert logical_id(config["DestinationConfig"]["OnFailure"]["Destination"]) == queue
    assert config["MaximumRetryAttempts"] == 2


def test_one_tick_that_does_not_come_raises_an_alarm(template: Template) -> None:
    (watched,) = template.watched("ScheduleTicksMissed")

    assert (watched.namespace, watched.limit, watched.alarm["EvaluationPeriods"]) == ("Flywheel", 1, 1)
    assert watched.alarm["AlarmActions"]
