"""Timers on EventBridge Scheduler as moto plays it, and a tick over DynamoDB and SQS."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.scheduler_tick.read_tick import read_tick
from functions.scheduler_tick.services import Services
from functions.scheduler_tick.take_tick import Outcome, take_tick
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.schedules.agenda import Agenda, apply
from functions.shared.kernel.schedules.settings import TimerSettings, agenda_from
from tests.support.aws import TIMERS, Cloud
from tests.support.event_source import count
from tests.support.schedules import a_schedule


@pytest.fixture
def settings(cloud: Cloud) -> TimerSettings:
    return TimerSettings.from_env({**TIMERS, "JOBS_TABLE": "jobs", "QUEUE_URLS": json.dumps(cloud.queue_urls)})


@pytest.fixture
def agenda(settings: TimerSettings) -> Agenda:
    return agenda_from(settings)


def timer() -> Any:
    return boto3.client("scheduler").get_schedule(GroupName=TIMERS["SCHEDULE_GROUP"], Name="s1")


def timers() -> int:
    return len(boto3.client("scheduler").list_schedules(GroupName=TIMERS["SCHEDULE_GROUP"])["Schedules"])


def test_a_timer_is_created_changed_paused_and_ended(agenda: Agenda) -> None:
    schedule = a_schedule(utc_now(), applied=0, cron="cron(0 9 * * ? *)", timezone="Europe/Berlin")
    agenda.schedules.add(schedule, limit=1)
    applied = apply(schedule, agenda=agenda)
    assert applied.is_applied
    made = timer()
    assert (made["ScheduleExpression"], made["ScheduleExpressionTimezone"]) == ("cron(0 9 * * ? *)", "Europe/Berlin")
    assert (made["State"], made["FlexibleTimeWindow"]) == ("ENABLED", {"Mode": "OFF"})
    assert (made["Target"]["Arn"], made["Target"]["RoleArn"]) == (TIMERS["SCHEDULE_TARGET"], TIMERS["SCHEDULE_ROLE"])
    assert made["Target"]["DeadLetterConfig"] == {"Arn": TIMERS["SCHEDULE_DEAD_LETTERS"]}
    assert made["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 900}

    paused = agenda.schedules.replace(applied, replace(applied, enabled=False, cron="rate(1 day)", revision=2))
    paused = apply(paused, agenda=agenda)
    assert (timer()["State"], timer()["ScheduleExpression"]) == ("DISABLED", "rate(1 day)")

    for _ in range(2):
        apply(replace(paused, deleted=True), agenda=agenda)
    assert timers() == 0


def test_what_the_timer_sends_makes_one_job_and_one_message(agenda: Agenda, engine: Engine, cloud: Cloud) -> None:
    schedule = a_schedule(utc_now() - timedelta(hours=1))
    agenda.schedules.add(schedule, limit=1)
    agenda.timers.put(schedule)
    event = json.loads(timer()["Target"]["Input"])
    assert event["scheduled_time"] == "<aws.scheduler.scheduled-time>"
    tick = read_tick({**event, "scheduled_time": utc_now().isoformat()}, clock=utc_now)
    services = Services(schedules=agenda.schedules, engine=engine, grace=agenda.grace)
    assert [take_tick(tick, services=services).outcome for _ in range(3)] == [
        Outcome.PLANNED,
        Outcome.REPEATED,
        Outcome.REPEATED,
    ]
    assert count(cloud.queue_urls["content"]) == 1
