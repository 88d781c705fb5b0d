"""Keeps a worker's lease alive beside its work, and hears there when the user cancels."""

import threading
from datetime import datetime, timedelta
from types import TracebackType

from functions.shared.kernel.errors import JobCancelled, TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.store import Conflict
from functions.shared.kernel.log import log


class LeaseLost(Exception):
    """The job belongs to another worker now: stop, and write nothing more."""


class JobContext:
    """What a running handler may ask and tell.

    Used as a context manager around the handler, it beats every `timing.heartbeat` in a thread of its own.
    """

    def __init__(self, job: Job, *, engine: Engine, deadline: datetime | None = None) -> None:
        self._job = job
        self._engine = engine
        self._deadline = deadline
        self._progress: str | None = None
        self._cancelled = False
        self._lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_stopped, name=f"heartbeat-{job.job_id}", daemon=True)

    def checkpoint(self) -> None:
        """Call between expensive steps: raises JobCancelled or LeaseLost when the work should stop here.

        Asks the store, so that a cancellation holds from the moment it is stored.
        """
        self._ask()
        self.glance()

    def glance(self) -> None:
        """`checkpoint` by what is known here, for loops of cheap steps: a heartbeat old at most."""
        if self._lost:
            raise LeaseLost(self._job.job_id)
        if self._cancelled:
            raise JobCancelled("cancelled by the user")

    def report(self, progress: str) -> None:
        """Say how far the work is; shown to the user with the next heartbeat."""
        self._progress = progress

    def remaining(self) -> timedelta | None:
        """The time left before the platform stops this worker; None when it never does."""
        return None if self._deadline is None else self._deadline - self._engine.clock()

    def beat(self) -> None:
        """Extend the lease once."""
        lease_until = self._engine.clock() + self._engine.timing.lease
        try:
            self._cancelled |= self._engine.store.beat(self._job, lease_until=lease_until, progress=self._progress)
        except Conflict:
            self._lost = True
        except TransientError as error:
            log.warning("heartbeat missed", action="heartbeat_missed", job_id=self._job.job_id, reason=str(error))

    def _ask(self) -> None:
        job = self._job
        try:
            stored = self._engine.store.get(job.org_id, job.job_id)
        except TransientError as error:
            log.warning("not asked for a cancellation", action="checkpoint_blind", reason=error.reason)
            return
        if stored is not None:
            seen = (stored.status, stored.attempt, stored.owner)
            self._lost |= seen != (job.status, job.attempt, job.owner)
            self._cancelled |= stored.cancel_requested

    def __enter__(self) -> "JobContext":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat_until_stopped(self) -> None:
        while not self._stop.wait(self._engine.timing.heartbeat.total_seconds()):
            self.beat()
            if self._lost:
                return
