"""What the notifier is given."""

from pydantic import Field

from functions.shared.kernel.settings import EnvSettings


class Settings(EnvSettings):
    """The table of notifications, who sends e-mail (nobody, then none is sent), and whether webhooks may be here."""

    jobs_table: str
    email_from: str | None = Field(
        default=None, pattern=r"^[^@\s<>]+@[^@\s<>]+$", description="none: no e-mail is sent"
    )
    allow_loopback_webhooks: bool = False
    gather_seconds: int = Field(
        default=330, ge=0, le=330, description="how long a failure waits for others of its cause; 0: it does not"
    )
