"""Schedules as tests want them."""

from datetime import datetime
from typing import Any

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.schedules.model import Schedule
from tests.support.api_driver import Driver

EVERY_TEN_MINUTES = "rate(10 minutes)"
TEA = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}, "cron": "0 9 ? * MON-FRI *"}


def a_schedule(now: datetime, **changes: Any) -> Schedule:
    """An hourly topic of acme, as just made and applied."""
    values: dict[str, Any] = {
        "org_id": "acme",
        "schedule_id": "s1",
        "type": JobType.GENERATE_CONTENT,
        "payload": {"topic": "Tea", "platforms": ["twitter"]},
        "cron": EVERY_TEN_MINUTES,
        "created_at": now,
        "updated_at": now,
        "revised_at": now,
        "applied": 1,
    }
    return Schedule(**{**values, **changes})


def created(api: Driver, **changes: object) -> str:
    answer = api("POST", "/api/schedules", {**TEA, **changes})
    assert answer.status == 201, answer.text
    return str(answer.json["schedule_id"])


def stored(api: Driver, schedule_id: str) -> Schedule:
    return api.schedules.stored["acme", schedule_id]
