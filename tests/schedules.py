"""Schedules as tests want them."""

from datetime import datetime
from typing import Any

from functions.shared.jobs.model import JobType
from functions.shared.schedules.model import Schedule

EVERY_TEN_MINUTES = "rate(10 minutes)"


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
