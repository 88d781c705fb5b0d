"""The planner: gives each source whose time has come a job that fetches it. Decision 0012."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from functions.scraper.change_source import change_source
from functions.scraper.host_turns import HostTurns
from functions.scraper.next_due import next_due
from functions.scraper.services import Services
from functions.shared.domain.context.model import Source
from functions.shared.domain.context.sources.fetch_job import planned_fetch
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import FlywheelError, TransientError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log
from functions.shared.kernel.tick import Tick

_SECONDS_TO_SPARE = 20
# How many times as many as are planned are looked at, so that an organisation with very many leaves room for others.
_LOOKED_AT = 10

Due = tuple[str, str]
"""Organisation and source."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many sources get a job in one tick; the rest stays due. `seconds_left` is what the planner may still take."""

    per_tick: int
    per_org: int
    seconds_left: Callable[[], float]


@dataclass
class _Answer:
    """What is told of a tick."""

    jobs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    skipped: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, str] = field(default_factory=dict)
    left: int = 0

    def as_document(self) -> dict[str, Any]:
        return {
            "planned": sum(map(len, self.jobs.values())),
            "skipped": sum(map(len, self.skipped.values())),
            "left": self.left,
            "organisations": [
                {"org_id": org_id, "jobs": self.jobs.get(org_id, []), "skipped": self.skipped.get(org_id, [])}
                for org_id in sorted({*self.jobs, *self.skipped})
            ],
        }


def plan_fetches(tick: Tick, *, is_by_hand: bool, limits: Limits, services: Services) -> dict[str, Any]:
    """Plan the sources that are due, the longest due first; by hand, every source that is switched on, due or not.

    A job's id derives from the source and its due time, or from the invocation: a tick that dies and comes again
    plans nothing twice. Sources of one host take turns; those that find none in this tick stay as they are.
    One organisation's trouble leaves the others alone; TransientError tells of it in the end.
    """
    planner = _Planner(tick, is_by_hand, services)
    answer = _Answer()
    due = list(_everything(services) if is_by_hand else _longest_due(limits, services))
    taken: Counter[str] = Counter()
    for number, (org_id, source_id) in enumerate(due):
        if limits.seconds_left() < _SECONDS_TO_SPARE:
            answer.left += len(due) - number
            break
        if not is_by_hand and (taken[org_id] >= limits.per_org or taken.total() >= limits.per_tick):
            answer.left += 1
            continue
        taken[org_id] += 1
        try:
            if not planner.plan_one(org_id, source_id, answer):
                taken[org_id] -= 1  # another source gets its place
                answer.left += 1
        except FlywheelError as error:
            log.error("not planned", action="fetch_not_planned", org_id=org_id, reason=error.reason)
            answer.refused[org_id] = error.reason
    log.info("fetches planned", action="fetches_planned", **{**answer.as_document(), "organisations": len(answer.jobs)})
    if answer.refused:
        raise TransientError(f"fetches could not be planned for: {', '.join(sorted(answer.refused))}")
    return answer.as_document()


def _everything(services: Services) -> Iterator[Due]:
    for organisation in services.organisations.all():
        for source in services.sources.of_org(organisation.org_id):
            yield source.org_id, source.source_id


def _longest_due(limits: Limits, services: Services) -> Iterator[Due]:
    for due in services.sources.due(until=services.engine.clock(), limit=limits.per_tick * _LOOKED_AT):
        yield due.org_id, due.source_id


class _Planner:
    """Plans one source at a time."""

    def __init__(self, tick: Tick, is_by_hand: bool, services: Services) -> None:
        self._tick = tick
        self._is_by_hand = is_by_hand
        self._sources = services.sources
        self._engine = services.engine
        self._turns = HostTurns(self._engine.clock())

    def plan_one(self, org_id: str, source_id: str, answer: _Answer) -> bool:
        """Plan the source's job, then move its next fetch on; a source whose job is not over yet is only moved on.

        False, and nothing is done, when this tick has no turn left for the source's host.
        """
        source = self._sources.get(org_id, source_id)
        if source is None or not source.enabled or not (self._is_by_hand or self._is_due(source)):
            return True  # the index, or the list, was a moment late
        submission = self._submission(source)
        active = self._active(source)
        if active is not None and active.job_id != submission.job_id:
            log.info("still being fetched", action="fetch_skipped", source_id=source_id, job_id=active.job_id)
            reason = f"its last job is still {active.status}"
            answer.skipped[org_id].append({"source_id": source_id, "job_id": active.job_id, "reason": reason})
            self._move_on(source, active)
            return True
        now = self._engine.clock()
        turn = self._turns.next_turn(source, now=now)
        if turn is None:
            return False
        job, _ = plan(replace(submission, not_before=turn if turn > now else None), engine=self._engine)
        answer.jobs[org_id].append(job.job_id)
        self._move_on(source, job)
        return True

    def _submission(self, source: Source) -> Submission:
        if not self._is_by_hand and source.next_fetch_at is not None:
            return planned_fetch(source, source.next_fetch_at)
        at = self._tick.at
        job_id = derived_id(at, "fetch", source.org_id, source.source_id, self._tick.identity)
        return replace(planned_fetch(source, at), job_id=job_id)

    def _active(self, source: Source) -> Job | None:
        if source.last_job_id is None:
            return None
        job = self._engine.store.get(source.org_id, source.last_job_id)
        return None if job is None or job.status.is_terminal else job

    def _move_on(self, source: Source, job: Job) -> None:
        change_source(source, lambda stored: self._moved(stored, job), sources=self._sources)

    def _moved(self, source: Source, job: Job) -> Source | None:
        """What is due no longer keeps its next time: somebody else has moved it on, or it was planned by hand."""
        due = next_due(source, now=self._engine.clock()) if self._is_due(source) else source.next_fetch_at
        moved = source.model_copy(update={"next_fetch_at": due, "last_job_id": job.job_id})
        return None if moved == source else moved

    def _is_due(self, source: Source) -> bool:
        return source.next_fetch_at is not None and source.next_fetch_at <= self._engine.clock()
