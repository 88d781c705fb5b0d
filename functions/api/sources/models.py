"""What callers send and get about sources."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool

from functions.api.masked import ShownAddress, ShownReason
from functions.api.models import Request, Time, View
from functions.api.schedules.models import Timezone
from functions.api.sources.shortest_gap import shortest_gap
from functions.shared.domain.context.model import SourceHealth, SourceKind
from functions.shared.domain.context.sources.fetch_job import DEFAULT_CRON
from functions.shared.kernel.messages import Line
from functions.shared.kernel.schedules.expression import MAX_LENGTH, parse_expression

SHORTEST_GAP = timedelta(minutes=15)


def _unhurried(text: str) -> str:
    expression = parse_expression(text)
    if shortest_gap(expression) < SHORTEST_GAP:
        raise ValueError(
            "fetches more often than every 15 minutes; write for example `rate(15 minutes)`, `rate(6 hours)` or "
            "`cron(0 9 * * ? *)`"
        )
    return expression.text


Cron = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_LENGTH,
        description="When it is fetched: `rate(6 hours)`, or `cron(...)` or its bare six fields, as AWS has them "
        "(minutes hours day-of-month month day-of-week year). Never more often than every 15 minutes.",
        examples=["rate(6 hours)", "cron(0 9 ? * MON-FRI *)"],
    ),
    AfterValidator(_unhurried),
]
Url = Annotated[
    Line,
    Field(
        max_length=2000,
        description="The page's or the feed's own address, over http or https, on a public host.",
        examples=["https://example.com/blog", "https://example.com/feed.xml"],
    ),
]
Name = Annotated[Line, Field(max_length=100, description="How you call the source.")]


class SourceRequest(Request):
    """A page or a feed to read again and again."""

    kind: SourceKind = Field(description="`website` reads the main text of one page; `feed` reads RSS and Atom.")
    url: Url
    name: Name | None = Field(default=None, description="How you call the source; by default its host's name.")
    cron: Cron = DEFAULT_CRON
    timezone: Timezone = "UTC"
    enabled: StrictBool = Field(default=True, description="Whether it is fetched; one that is switched off is kept.")


class SourceChange(Request):
    """What to change; what is left out stays."""

    url: Url | None = Field(
        default=None,
        description="A new address: what is known of the old one's health is forgotten. "
        "One as it is shown, with `***` in it, keeps the old one.",
    )
    name: Name | None = None
    cron: Cron | None = None
    timezone: Timezone | None = None
    enabled: StrictBool | None = Field(default=None, description="Whether it is fetched.")


class FetchView(View):
    """What a fetch came to. The numbers count items."""

    at: Time
    outcome: Literal["fetched", "unchanged", "failed"] = Field(
        description="`unchanged`: the source said so, or sent what it had sent before."
    )
    reason: ShownReason | None = Field(description="Why it failed, and what to do about it.")
    new: int = Field(description="Items seen for the first time.")
    changed: int = Field(description="Items whose text is another one now.")
    unchanged: int = Field(description="Items that were known already.")
    unusable: int = Field(
        description="Entries that were left out: without a text, the same as another one, or beyond the newest 500."
    )
    held_back: int = Field(
        description="New items that were not kept: a source may bring 200 a day (UTC), the newest first. They are kept "
        "on a later day if the source still has them then."
    )


class SourceView(View):
    """A source, how it has been doing, and when it is fetched next."""

    source_id: str
    kind: SourceKind
    name: str
    url: ShownAddress = Field(description="Its address, with `***` for each secret in it.")
    cron: str
    timezone: str
    enabled: bool
    created_at: Time
    updated_at: Time
    health: SourceHealth = Field(
        description="`new` before the first fetch, `healthy` after one that worked, `failing` after one that did not, "
        "`unhealthy` after five failures in a row, which are announced once."
    )
    failures: int = Field(description="Failed fetches in a row; each run of a fetch's job is one.")
    failing_since: Time | None = Field(description="When the first of them was.")
    last_fetch: FetchView | None
    last_success_at: Time | None
    next_fetch_at: Time | None = Field(
        description="When the next fetch is planned, which begins within some minutes: when the cron says, or up to 24 "
        "hours after the last one when the source asks to be left alone; null while it is switched off."
    )
    last_job_id: str | None = Field(description="The job that fetched it last, or is about to.")


class SourceList(View):
    """A page of sources, oldest first."""

    items: list[SourceView]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")
