"""The port to EventBridge Scheduler, which does the waiting: one timer for each schedule."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from functions.shared.kernel.aws import classified
from functions.shared.kernel.schedules.model import Schedule

if TYPE_CHECKING:
    from mypy_boto3_scheduler.client import EventBridgeSchedulerClient

# A tick that could not be started within a quarter of an hour is kept as a dead letter; the next one is not far.
_RETRY_POLICY = {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 900}


class Timers(Protocol):
    """Calls `functions/scheduler_tick` when a schedule is due, at least once."""

    def put(self, schedule: Schedule) -> None:
        """Let the schedule's timer be as the schedule says; PermanentError when the service refuses that."""

    def remove(self, schedule_id: str) -> None:
        """End the timer; nothing happens if there is none."""


@dataclass(frozen=True, slots=True)
class EventBridgeTimers:
    """Timers are schedules of the group `group`, named by the schedule's id.

    They call the Lambda `target` with the role `role`; what cannot be delivered goes to the queue `dead_letters`.
    """

    group: str
    target: str
    role: str
    dead_letters: str
    client: "Callable[[], EventBridgeSchedulerClient]"

    def put(self, schedule: Schedule) -> None:
        request = self._request(schedule)
        with classified("setting a timer"):
            try:
                self.client().update_schedule(**request)
            except ClientError as error:
                if not _is(error, "ResourceNotFoundException"):
                    raise
                self.client().create_schedule(**request)

    def remove(self, schedule_id: str) -> None:
        with classified("ending a timer"):
            try:
                self.client().delete_schedule(GroupName=self.group, Name=schedule_id)
            except ClientError as error:
                if not _is(error, "ResourceNotFoundException"):
                    raise

    def _request(self, schedule: Schedule) -> Any:
        return {
            "GroupName": self.group,
            "Name": schedule.schedule_id,
            "ScheduleExpression": schedule.cron,
            "ScheduleExpressionTimezone": schedule.timezone,
            "State": "ENABLED" if schedule.enabled else "DISABLED",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": self.target,
                "RoleArn": self.role,
                "DeadLetterConfig": {"Arn": self.dead_letters},
                "RetryPolicy": _RETRY_POLICY,
                "Input": json.dumps(
                    {
                        "org_id": schedule.org_id,
                        "schedule_id": schedule.schedule_id,
                        "revision": schedule.revision,
                        "scheduled_time": "<aws.scheduler.scheduled-time>",
                    }
                ),
            },
        }


def _is(error: ClientError, code: str) -> bool:
    return error.response["Error"]["Code"] == code
