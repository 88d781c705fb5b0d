"""What callers get about pages, variants and posts."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel

from functions.api.masked import ShownLink
from functions.api.models import Time, View
from functions.shared.domain.content.model import PostState, WrittenBy
from functions.shared.domain.market import MarketEvent
from functions.shared.domain.measured.model import Choice, Lesson
from functions.shared.domain.network import Network


class _ContentView(View):
    content_id: str
    job_id: str = Field(description="The job that made it.")
    created_at: Time
    updated_at: Time
    written_by: WrittenBy


class UsedContext(View):
    """A context item that an excerpt was taken from."""

    item_id: str
    title: str
    url: ShownLink | None
    origin: Literal["website", "feed", "document"]


_Context = Annotated[tuple[UsedContext, ...], Field(description="The organisation's context the writer was given.")]
_Choice = Annotated[Choice | None, Field(description="The style, and the chance it had of being chosen.")]
_Lessons = Annotated[tuple[Lesson, ...], Field(description="What was learned from earlier posts and told the writer.")]


class PageSummary(_ContentView):
    """A published page in a list, without its text."""

    kind: Literal["page"]
    slug: str
    url: str
    title: str
    description: str
    keywords: tuple[str, ...]
    context: _Context


class VariantView(_ContentView):
    """A text for one network."""

    kind: Literal["variant"]
    parent_id: str | None = Field(description="The page it is about, if any.")
    network: Network
    topic: str
    tone: str | None
    text: str
    hashtags: tuple[str, ...]
    context: _Context
    choice: _Choice
    lessons: _Lessons


class PostView(_ContentView):
    """A post and what became of it."""

    kind: Literal["post"]
    parent_id: str = Field(description="The page or variant it is about.")
    account_id: str
    network: Network
    publisher: str
    title: str
    text: str
    hashtags: tuple[str, ...]
    choice: _Choice
    lessons: _Lessons
    link: str | None
    state: PostState
    published_at: Time | None
    platform_id: str | None
    url: str | None
    error: str | None
    preview: dict[str, Any] | None = Field(description="Exactly what would be sent, for the preview publisher.")


class PageView(PageSummary):
    """A page with its text, the data its numbers come from, and what was made from it."""

    body_html: str
    image_prompt: str
    event: MarketEvent
    variants: list[VariantView] = Field(default_factory=list)
    posts: list[PostView] = Field(default_factory=list)


class VariantDetail(VariantView):
    """A variant with its posts."""

    variants: list[VariantView] = Field(default_factory=list)
    posts: list[PostView] = Field(default_factory=list)


class PostDetail(PostView):
    """A post; nothing is made from one."""

    variants: list[VariantView] = Field(default_factory=list)
    posts: list[PostView] = Field(default_factory=list)


Summary = Annotated[PageSummary | VariantView | PostView, Field(discriminator="kind")]


class ContentDetail(RootModel[Annotated[PageView | VariantDetail | PostDetail, Field(discriminator="kind")]]):
    """One content with everything known about it."""

    model_config = ConfigDict(defer_build=True)


class ContentList(View):
    """A page of content, newest first."""

    items: list[Summary]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")
