"""What each type of job is given, versioned with the code and frozen. An unknown field is refused."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from functions.shared.domain.market import MarketEvent
from functions.shared.domain.network import DEFAULT_NETWORKS, Network
from functions.shared.kernel.messages import Id, Line

Topic = Annotated[Line, Field(max_length=300, description="What to write about, in one line.")]
Tone = Annotated[Line, Field(max_length=60, description="How it should sound, for example `friendly` or `expert`.")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GenerateContentPayload(_Strict):
    """`GENERATE_CONTENT`: a topic becomes one variant for each network."""

    topic: Topic
    platforms: tuple[Network, ...] = Field(default=DEFAULT_NETWORKS, min_length=1, max_length=6)
    tone: Tone = "clear and confident"

    @field_validator("platforms")
    @classmethod
    def _each_network_once(cls, platforms: tuple[Network, ...]) -> tuple[Network, ...]:
        if len(set(platforms)) != len(platforms):
            raise ValueError("platforms must not repeat")
        return platforms


class GeneratePagePayload(_Strict):
    """`GENERATE_PAGE`: exactly one of a captured event, an event's slug, or how many trending events to pick."""

    event: MarketEvent | None = None
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,200}$")] | None = None
    trending: int | None = Field(default=None, ge=1, le=50)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.event, self.slug, self.trending)) != 1:
            raise ValueError("give exactly one of: slug, trending, event")
        return self


class PublishContentPayload(_Strict):
    """`PUBLISH_CONTENT`: post about a page, or post a variant, on one connected account.

    Without `account_id` the job only fans out: one job for each of the organisation's accounts.
    """

    content_id: Id
    title: str = Field(default="", max_length=300)
    account_id: Id | None = None


class ScrapeWebsitePayload(_Strict):
    """`SCRAPE_WEBSITE`: read the page of a source of kind `website`."""

    source_id: Id


class SyncRssPayload(_Strict):
    """`SYNC_RSS`: read the new and changed entries of a source of kind `feed`."""

    source_id: Id


class ProcessDocumentPayload(_Strict):
    """`PROCESS_DOCUMENT`: read the text of an uploaded document."""

    document_id: Id


class SyncAnalyticsPayload(_Strict):
    """`SYNC_ANALYTICS`: read the metrics of an account's posts; with `only_due`, of those worth another read."""

    account_id: Id
    only_due: bool = False


class RefreshTokenPayload(_Strict):
    """`REFRESH_TOKEN`: renew an account's access token.

    With `stale`, the fingerprint of a token that was refused, only while that is still the account's token.
    """

    account_id: Id
    stale: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = None
