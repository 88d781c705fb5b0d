"""How much waits and how much runs, once a minute, from what is cheap to ask.

The queues know it without a look at the table: one request a queue, however many jobs there are. They count messages:
a second message of one job counts twice, and a job deferred beyond SQS's longest delay is in none of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from functions.reconciler.recover import Sweep
from functions.shared.kernel.aws import classified
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.log import log
from functions.shared.kernel.tally import Tally

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

_ATTRIBUTES: "Mapping[str, QueueAttributeNameType]" = {
    "waiting": "ApproximateNumberOfMessages",
    "delayed": "ApproximateNumberOfMessagesDelayed",
    "processing": "ApproximateNumberOfMessagesNotVisible",
}

COUNT_EVERY_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Lanes:
    """The messages of each lane by state; of a lane that could not be asked, None."""

    by_lane: Mapping[str, Mapping[str, int] | None]

    @property
    def waiting(self) -> dict[str, int]:
        """How many messages nobody has taken yet, by lane. One that could not be asked counts as not empty."""
        return {lane: 1 if states is None else states["waiting"] for lane, states in self.by_lane.items()}

    @property
    def totals(self) -> dict[str, int]:
        """The messages of all lanes by state; nothing when a lane could not be asked."""
        known = [states for states in self.by_lane.values() if states is not None]
        if len(known) < len(self.by_lane):
            return {}
        return {state: sum(states[state] for states in known) for state in _ATTRIBUTES}


def measure_lanes(queue_urls: Mapping[str, str], sqs: "Callable[[], SQSClient]") -> Lanes:
    """Ask each queue; once one did not answer, no other is waited for."""
    by_lane: dict[str, Mapping[str, int] | None] = dict.fromkeys(queue_urls)
    for lane, url in queue_urls.items():
        by_lane[lane] = _states(lane, url, sqs)
        if by_lane[lane] is None:
            break
    return Lanes(by_lane)


def _states(lane: str, url: str, sqs: "Callable[[], SQSClient]") -> Mapping[str, int] | None:
    try:
        with classified(f"measuring the queue {lane}"):
            answer = sqs().get_queue_attributes(QueueUrl=url, AttributeNames=list(_ATTRIBUTES.values()))
    except FlywheelError as error:
        log.warning("queue not measured", action="gauge_failed", lane=lane, reason=error.reason)
        return None
    return {state: int(answer["Attributes"][attribute]) for state, attribute in _ATTRIBUTES.items()}


def gauge_lanes(tally: Tally, lanes: Lanes) -> None:
    """Publish `ActiveJobs` by state, over all lanes, and as `Stale` the lanes that stand still.

    That is where something waits and nothing is worked on: one minute may be chance, a quarter of an hour is none.
    Figures of nothing are left out, for CloudWatch bills each that it is sent.
    """
    for state, total in lanes.totals.items():
        if total:
            tally.count("ActiveJobs", total, state=state)
    asked = {lane: states for lane, states in lanes.by_lane.items() if states is not None}
    still = [lane for lane, states in asked.items() if states["waiting"] and not states["processing"]]
    if still:
        log.info("lanes stand still", action="lanes_stand_still", lanes=still)
        tally.count("Stale", len(still))


def count_queues(
    tally: Tally, counted: Mapping[str, Sequence[str]], sqs: "Callable[[], SQSClient]", *, now: datetime
) -> None:
    """Every five minutes publish how many messages are where none should be, such as `DeadLetters`.

    The log names the queues.
    """
    if now.minute % COUNT_EVERY_MINUTES:
        return
    for name, urls in counted.items():
        found: dict[str, int] = {}
        for url in urls:
            states = _states(url.rpartition("/")[2], url, sqs)
            if states is None:
                return  # the others would not answer either, and jobs wait for their turn
            if states["waiting"]:
                found[url.rpartition("/")[2]] = states["waiting"]
        if found:
            log.warning("messages where none should be", action="messages_left", what=name, queues=found)
            tally.count(name, sum(found.values()))


def gauge_sweep(tally: Tally, sweep: Sweep) -> None:
    """Publish `DueJobs`, the jobs the reconciler had to look at, by what it found."""
    for found, count in sweep.counts.items():
        if count:
            tally.count("DueJobs", count, found=found.value)
