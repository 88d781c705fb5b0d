"""What the API is told by its environment."""

import json

from pydantic import Field, field_validator

from functions.shared.domain.context.sources.settings import SourceSettings
from functions.shared.kernel.schedules.settings import TimerSettings
from functions.shared.networks.registry.settings import SignInSettings


class ApiSettings(TimerSettings, SourceSettings, SignInSettings):
    """The engine's settings, the timers', the sources', the networks', and the tables the API reads."""

    content_metadata_table: str
    accounts_table: str
    uploads_bucket: str
    metrics_table: str
    account_secret_prefix: str = Field(description="names of accounts' secrets begin with it")
    webhook_secret_prefix: str = Field(description="names of webhooks' secrets begin with it")
    allow_loopback_webhooks: bool = Field(default=False, description="for development on one machine")
    dead_letter_names: dict[str, str] = Field(description="the dead-letter queue of each lane, by its name")
    calls_per_org: int = Field(default=50, gt=0, le=1000, description="calls a second an organisation may make")
    timetables: dict[str, str] = Field(default_factory=dict, description="the deployment's own schedules, in UTC")

    @field_validator("dead_letter_names", "timetables", mode="before")
    @classmethod
    def _decode_json(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str) else value

    @property
    def dead_letter_urls(self) -> dict[str, str]:
        """They lie beside the lanes' own queues; the environment, of 4 KB in all, has no room for both addresses."""
        return {
            lane: f"{self.queue_urls[lane].rpartition('/')[0]}/{name}" for lane, name in self.dead_letter_names.items()
        }
