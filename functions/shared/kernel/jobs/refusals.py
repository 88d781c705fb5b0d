"""Why the job engine refuses what a caller asked; each is the caller's to mend."""

from functions.shared.kernel.errors import FlywheelError


class CapReached(FlywheelError):
    """The organisation has as many active jobs as it may have."""

    def __init__(self, *, active: int, limit: int) -> None:
        super().__init__(f"{active} of {limit} jobs are active; wait for one to finish or cancel one")
        self.active = active
        self.limit = limit


class IdempotencyKeyReused(FlywheelError):
    """The same Idempotency-Key came with another body."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used with another body; send a new key")


class NotFound(FlywheelError):
    """The organisation has no such job."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"there is no job {job_id}")


class StateForbids(FlywheelError):
    """The job's status does not allow what was asked."""
