"""The organisation's slots: at most so many of its users' jobs are active at once.

A slot names the job that took it, and is held for as long as that job is active: the job's own status is the only
truth. A job that ends therefore frees its slot by the very write that ends it, and no slot can leak. Decision 0007.
"""

from dataclasses import dataclass

from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.refusals import CapReached

_FIRST_LOOK = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot to take: `left_by` is what it says of its last holder, None when it never had one."""

    number: int
    left_by: str | None


def free_slot(org_id: str, *, engine: Engine) -> Slot:
    """A slot that no active job holds. Raises CapReached.

    Slots are tried from a random one on, so that concurrent submissions seldom meet. Mostly few jobs are active, and
    a look at two holders is enough; only an organisation near its cap has all of them looked at.
    """
    used = engine.store.used_slots(org_id)
    numbers = range(engine.active_jobs_per_org)
    start = int(engine.random() * len(numbers))
    order = [*numbers[start:], *numbers[:start]]
    unused = next((number for number in order if number not in used), None)
    if unused is not None:
        return Slot(unused, None)
    for some in (order[:_FIRST_LOOK], order[_FIRST_LOOK:]):
        active = _active(org_id, [used[number] for number in some], engine)
        free = next((number for number in some if used[number] not in active), None)
        if free is not None:
            return Slot(free, used[free])
    raise CapReached(active=len(used), limit=engine.active_jobs_per_org)


def free_slots(org_id: str, *, engine: Engine) -> list[Slot]:
    """Every slot that no active job holds, in random order."""
    used = engine.store.used_slots(org_id)
    active = _active(org_id, list(used.values()), engine)
    numbers = range(engine.active_jobs_per_org)
    free = [Slot(number, used.get(number)) for number in numbers if used.get(number) not in active]
    start = int(engine.random() * len(free))
    return [*free[start:], *free[:start]]


def holder_of(job_id: str, attempt: int) -> str:
    """What a slot says of the job that took it for the runs from this attempt on."""
    return f"{job_id}#{attempt}"


def _active(org_id: str, holders: list[str], engine: Engine) -> set[str]:
    """Those holders whose job is not over."""
    by_id = {holder.rpartition("#")[0]: holder for holder in holders}
    jobs = engine.store.get_many(org_id, list(by_id))
    return {by_id[job.job_id] for job in jobs if not job.status.is_terminal}
