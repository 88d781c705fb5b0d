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
