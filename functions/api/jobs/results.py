"""What a completed job answers, by its type, as the contract tells it. Decision 0039.

Results are made by the Lambdas that run the jobs. A field that a later version adds breaks no client.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from functions.api.models import Time, View
from functions.shared.domain.accounts.model import AccountState
from functions.shared.domain.content.model import PostState
from functions.shared.domain.job_types import JobType
from functions.shared.domain.network import Network


class TokensUsed(View):
    """Tokens of a language model."""

    input_tokens: int
    output_tokens: int


class NamedContext(View):
    """A context item that the writer was given."""

    item_id: str
    title: str
    url: str | None = None
    origin: str | None = None


class VariantMade(View):
    """A text for one network."""

    content_id: str
    network: Network
    text: str
    hashtags: list[str]
    style: str | None = None
    length: int = Field(description="As the network counts.")
    limit: int


class GenerateContentResult(View):
    """One variant for each network."""

    variants: list[VariantMade]
    context: list[NamedContext] = Field(default_factory=list)
    usage: TokensUsed


class PageMade(View):
    """A page that was published."""

    content_id: str
    url: str
    title: str
    indexable: bool
    not_indexed_because: str | None = None
    source: str
    captured_at: str
    provider: str
    model: str | None = None
    usage: TokensUsed
    context: list[NamedContext] = Field(default_factory=list)
    picture: str | None = None
    posts: list[str] = Field(default_factory=list, description="The jobs that post about it.")


class PagePlanned(View):
    """A page that a job of its own makes."""

    job_id: str
    slug: str
    title: str


class EventPassedOver(View):
    """An event that no page is made of."""

    slug: str
    reason: str


class PagesPlanned(View):
    """Pages of trending events."""

    pages: list[PagePlanned]
    skipped: list[EventPassedOver] = Field(default_factory=list)
    source: str
    captured_at: str


class PostMade(View):
    """What became of a post."""

    post_id: str
    account_id: str
    network: Network
    publisher: str
    state: PostState
    platform_id: str | None = None
    url: str | None = None
    text: str


class PostPlanned(View):
    """A job that posts on one account; `new` unless there was one already."""

    account_id: str
    job_id: str
    new: bool


class PostsPlanned(View):
    """One job for each account."""

    jobs: list[PostPlanned]


class TokenRenewal(View):
    """Whether an account's token was renewed."""

    account_id: str
    state: AccountState
    renewed: bool
    expires_at: Time | None = None
    reason: str | None = None


class SourceFetched(View):
    """What a fetch came to; the numbers count items."""

    source_id: str
    outcome: Literal["fetched", "unchanged", "failed", "skipped"]
    reason: str | None = None
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    unusable: int = 0
    held_back: int = 0


class DocumentRead(View):
    """What became of a document."""

    document_id: str
    outcome: str
    items: int = 0
    characters: int = 0
    reason: str | None = None


class CountsRead(View):
    """What became of the counts of an account's posts."""

    account_id: str
    network: Network
    publisher: str
    posts: int
    calls: int
    recorded: int
    gone: int
    not_due: int
    not_told: int
    overtaken: int
    note: str | None = None


RESULTS: Mapping[str, tuple[type[View], ...]] = {
    JobType.GENERATE_CONTENT: (GenerateContentResult,),
    JobType.GENERATE_PAGE: (PageMade, PagesPlanned),
    JobType.PUBLISH_CONTENT: (PostMade, PostsPlanned),
    JobType.REFRESH_TOKEN: (TokenRenewal,),
    JobType.SCRAPE_WEBSITE: (SourceFetched,),
    JobType.SYNC_RSS: (SourceFetched,),
    JobType.PROCESS_DOCUMENT: (DocumentRead,),
    JobType.SYNC_ANALYTICS: (CountsRead,),
}
"""The shapes a type's result may have, told apart by their required fields."""
