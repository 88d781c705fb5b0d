"""A job engine in memory that runs the types of jobs a deployment runs."""

from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel.clock import Clock, utc_now
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.memory import memory_engine as engine_of


def memory_engine(*, clock: Clock = utc_now, active_jobs_per_org: int = 50) -> Engine:
    """See kernel/jobs/memory.py."""
    return engine_of(KINDS, clock=clock, active_jobs_per_org=active_jobs_per_org)
