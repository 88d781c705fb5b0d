"""What can go wrong, named for what the queue then does.

FlywheelError
├── PermanentError    never repeated: the job fails, its user is told, the message goes to the dead-letter queue
├── TransientError    repeated after 1, 5 and 15 minutes, then permanent
│   └── Misconfigured a permission, table or queue is missing: an operator must act, and is told at once
├── OutcomeUnknown    an outside call may or may not have taken effect: repeated like a transient error, but
│                     whoever raises it looks the effect up before acting again
├── RateLimited       parked until `retry_at`, which costs no attempt
└── JobCancelled      the user cancelled; the handler stopped cleanly

Adapters classify once, at the edge. Nothing above an adapter catches a library's exceptions.
The text of an error is shown to the user: it names the cause and the fix, and never holds a secret.
"""

from datetime import datetime


class FlywheelError(Exception):
    """Base of all errors this project raises on purpose."""

    @property
    def reason(self) -> str:
        """The sentence shown to the user."""
        return str(self)


class PermanentError(FlywheelError):
    """Repeating cannot help."""


class TransientError(FlywheelError):
    """Repeating later may help."""


class Misconfigured(TransientError):
    """The deployment lacks a permission, a table, a queue or credentials; what waits for it goes on once it is there.

    Whoever raises it has told the operator: by an error line and the metric `Misconfigured`, which has an alarm.
    """


class OutcomeUnknown(FlywheelError):
    """The effect may have happened; look it up before doing it again."""


class RateLimited(FlywheelError):
    """The other side told when to come back.

    `retry_at` is an aware datetime.
    """

    def __init__(self, reason: str, *, retry_at: datetime) -> None:
        super().__init__(reason)
        self.retry_at = retry_at


class JobCancelled(FlywheelError):
    """The job's user asked it to stop."""
