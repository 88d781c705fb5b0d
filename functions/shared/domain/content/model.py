"""What Flywheel makes: pages, variants and posts."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.shared.domain.context.model import Excerpt
from functions.shared.domain.market import MarketEvent
from functions.shared.domain.measured.model import Choice, Lesson
from functions.shared.domain.network import Network


class Usage(BaseModel):
    """What a model call took, in tokens."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens, output_tokens=self.output_tokens + other.output_tokens
        )


class WrittenBy(BaseModel):
    """Which model wrote a text, and what that took."""

    model_config = ConfigDict(frozen=True)

    provider: str
    model: str
    usage: Usage = Usage()


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True)

    org_id: str
    content_id: str
    job_id: str
    created_at: datetime
    updated_at: datetime


class Page(_Content):
    """A published search page; `event` is the data every number on it comes from."""

    kind: Literal["page"] = "page"
    slug: str
    url: str
    object_key: str
    title: str
    description: str
    keywords: tuple[str, ...]
    body_html: str
    image_prompt: str
    image_key: str | None = None
    event: MarketEvent
    written_by: WrittenBy
    context: tuple[Excerpt, ...] = Field(default=(), description="what the organisation's context gave the writer")


class Variant(_Content):
    """A text for one network, within that network's rules; `parent_id` is the page it is about, if any."""

    kind: Literal["variant"] = "variant"
    parent_id: str | None = None
    network: Network
    topic: str
    tone: str | None = None
    text: str
    hashtags: tuple[str, ...] = ()
    written_by: WrittenBy
    context: tuple[Excerpt, ...] = ()
    choice: Choice | None = None
    lessons: tuple[Lesson, ...] = ()


class PostState(StrEnum):
    """Where a publish intent is.

    `publishing` is set before the outside call: found by a later run, it means the outcome is unknown.
    """

    PENDING = "pending"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Post(_Content):
    """A publish intent and what became of it. One content on one account has exactly one."""

    kind: Literal["post"] = "post"
    parent_id: str
    account_id: str
    network: Network
    publisher: str
    title: str
    text: str
    link: str | None = None
    state: PostState = PostState.PENDING
    claimed_at: datetime | None = None
    claimed_by: str | None = None
    published_at: datetime | None = None
    platform_id: str | None = None
    url: str | None = None
    error: str | None = None
    preview: dict[str, Any] | None = Field(
        default=None, description="exactly what would be sent, for the preview publisher"
    )
    written_by: WrittenBy
    hashtags: tuple[str, ...] = ()
    choice: Choice | None = None
    lessons: tuple[Lesson, ...] = ()


Content = Page | Variant | Post
