"""What a Lambda that takes or fetches the addresses of sources is told by its environment."""

from pydantic import Field, ValidationInfo, field_validator

from functions.shared.kernel.settings import EnvSettings


class SourceSettings(EnvSettings):
    """The table of sources and items, and which hosts of this very machine may be a source, for development.

    No host may on AWS: the setting is refused unless the functions are pointed at an engine of their own.
    """

    context_table: str
    aws_endpoint_url: str | None = Field(default=None, description="set by the embedded engine, never on AWS")
    loopback_sources: frozenset[str] = Field(
        default=frozenset(), description="hosts, parted by commas: 127.0.0.1,localhost"
    )

    @field_validator("loopback_sources", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return frozenset(host.strip() for host in value.split(",") if host.strip()) if isinstance(value, str) else value

    @field_validator("loopback_sources")
    @classmethod
    def _only_in_development(cls, value: frozenset[str], info: ValidationInfo) -> frozenset[str]:
        if value and not info.data.get("aws_endpoint_url"):
            raise ValueError("is for development on one machine")
        return value
