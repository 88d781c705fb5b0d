"""What a writer is given, as data, and what it hands back."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from functions.shared.domain.context.model import Excerpt
from functions.shared.domain.market import MarketEvent
from functions.shared.domain.network import Network


class PageBrief(BaseModel):
    """All a writer may say about an event: `facts` are the figures, each as `label` -> text fit to print.

    `context` is what the organisation's own sources say about the subject, the most relevant first; no figure of it
    goes on the page.
    """

    model_config = ConfigDict(frozen=True)

    event: MarketEvent
    facts: dict[str, str]
    context: tuple[Excerpt, ...] = ()


class PostBrief(BaseModel):
    """A post for one network, about a page (with its facts and address) or about a topic (with context).

    `style` names one of `post_styles.STYLES`; `lessons` are sentences on what has worked and what has not.
    """

    model_config = ConfigDict(frozen=True)

    network: Network
    topic: str
    tone: str | None = None
    link: str | None = None
    facts: dict[str, str] = Field(default_factory=dict)
    context: tuple[Excerpt, ...] = ()
    style: str | None = None
    lessons: tuple[str, ...] = ()
    max_length: int = Field(description="counted as the network counts; the link and hashtags are included")
    seed: str = Field(default="", description="equal briefs with different seeds are worded differently")


@dataclass(frozen=True, slots=True)
class WantedLengths:
    """What a page should have at least: characters of plain text each, and how many keywords."""

    title: int = 10
    description: int = 50
    keywords: int = 3
    body: int = 400


WANTED = WantedLengths()


class PageDraft(BaseModel):
    """A page as a model writes it. Less than the wanted lengths is thin, and still a page."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(
        min_length=1, max_length=110, description=f"The page's title and headline, {WANTED.title} characters or more"
    )
    description: str = Field(
        min_length=1,
        max_length=320,
        description=f"Meta description, one or two sentences, {WANTED.description} characters or more",
    )
    keywords: list[str] = Field(
        min_length=1, max_length=12, description=f"Search phrases, lower case, {WANTED.keywords} or more"
    )
    body_html: str = Field(
        min_length=1,
        max_length=30_000,
        description="HTML body: h2, h3, p, ul, ol, li, strong, em, table; "
        f"{WANTED.body} characters of text or more, and many more where the data allows",
    )
    image_prompt: str = Field(min_length=1, max_length=1000, description="What the page's picture shows")


class PostDraft(BaseModel):
    """A post as a model writes it, without its link: that is added by Flywheel."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=5000)
    hashtags: list[str] = Field(default_factory=list, max_length=10, description="Without the # sign")
