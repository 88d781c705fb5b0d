"""Renders pages, indexes, sitemaps and feeds to what is published."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from functions.pseo_generator.brief import minute
from functions.pseo_generator.cards.model import Card
from functions.pseo_generator.clean_html import blocks_of
from functions.pseo_generator.json_ld import json_ld
from functions.pseo_generator.judge import is_thin
from functions.pseo_generator.site import (
    TEMPLATES,
    Site,
    feed_key,
    index_key,
    month_key,
    month_sitemap_key,
    page_key,
    sitemap_key,
    stylesheet,
)
from functions.shared.domain.content.model import Page
from functions.shared.domain.figures import SMALLEST_CHANGE, day, dollars, percent, points
from functions.shared.domain.market import MarketEvent
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.clock import rfc3339

_PAGES_IN_FEED = 50
_HTTP_URL = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
# What social networks show as a page's picture; they do not take SVG.
_RASTER = (".png", ".jpg", ".webp")


def render_page(page: Page, *, organisation: str, site: Site, related: Sequence[Card]) -> bytes:
    """The page as published; `related` are other pages of the same organisation."""
    picture = site.url(page.image_key) if page.image_key else None
    shared_image = picture if page.image_key and page.image_key.endswith(_RASTER) else None
    return _render(
        "page.html.j2",
        stylesheet=f"../{stylesheet()[0]}",
        page=page,
        event=page.event,
        organisation=organisation,
        sample=page.event.origin == "sample",
        indexable=is_indexable(page),
        picture=page.image_key.removeprefix(f"{page.org_id}/") if page.image_key else None,
        picture_text=f"Illustration for “{page.event.title}”",
        shared_image=shared_image,
        json_ld=Markup(json_ld(page, organisation=organisation, site=site, image_url=shared_image)),  # noqa: S704 - escaped
        body=Markup(page.body_html),  # noqa: S704 - cleaned before it was stored
        totals=_totals(page.event),
        rules=[] if _quotes_the_rules(page) else page.event.description.split("\n\n"),
        shows_week=any(outcome.change_week is not None for outcome in page.event.outcomes),
        shows_volume=any(outcome.volume is not None for outcome in page.event.outcomes),
        related=related,
        sources=_sources(page),
    )


def render_index(organisation: Organisation, pages: Sequence[Card], months: Sequence[str], *, site: Site) -> bytes:
    """The organisation's newest pages, in the order given, and where those of each month are listed."""
    return _render(
        "index.html.j2",
        stylesheet=f"../{stylesheet()[0]}",
        organisation=organisation.name,
        pages=pages,
        months=months,
        indexable=any(page.indexable for page in pages),
        url=site.url(index_key(organisation.org_id)),
    )


def render_month(organisation: Organisation, month: str, pages: Sequence[Card], *, site: Site) -> bytes:
    """All pages of a month."""
    return _render(
        "month.html.j2",
        stylesheet=f"../../{stylesheet()[0]}",
        organisation=organisation.name,
        month=month,
        pages=pages,
        indexable=any(page.indexable for page in pages),
        url=site.url(month_key(organisation.org_id, month)),
    )


def render_sitemap(pages: Sequence[Card], *, site: Site) -> bytes:
    """The pages search engines should list; https://www.sitemaps.org/protocol.html."""
    return _render("sitemap.xml.j2", pages=_at_home([page for page in pages if page.indexable], site))


def render_sitemaps(org_id: str, months: Sequence[str], *, site: Site) -> bytes:
    """The index of the months' sitemaps."""
    return _render("sitemaps.xml.j2", urls=[site.url(month_sitemap_key(org_id, month)) for month in months])


def render_feed(organisation: Organisation, pages: Sequence[Card], *, site: Site) -> bytes:
    """An Atom feed of the first pages given; RFC 4287.

    Ids outlive a move of the site. `updated` is the last change of a page, or the organisation's making without any.
    """
    shown = pages[:_PAGES_IN_FEED]
    return _render(
        "feed.xml.j2",
        id=uuid5(NAMESPACE_URL, f"feed of {organisation.org_id}").urn,
        organisation=organisation.name,
        updated=max((page.updated_at for page in shown), default=organisation.created_at),
        url=site.url(feed_key(organisation.org_id)),
        home=site.url(index_key(organisation.org_id)),
        pages=_at_home(shown, site),
    )


def render_publishers(organisations: Sequence[Organisation], *, site: Site) -> bytes:
    """The root page: every organisation."""
    return _render(
        "publishers.html.j2", stylesheet=stylesheet()[0], organisations=organisations, url=site.url("index.html")
    )


def render_robots(organisations: Sequence[Organisation], *, site: Site) -> bytes:
    """`robots.txt`, naming every organisation's sitemap."""
    return _render("robots.txt.j2", sitemaps=[site.url(sitemap_key(each.org_id)) for each in organisations])


def render_missing(*, site: Site) -> bytes:
    """What a reader sees at an address that does not exist, at any depth: its links are absolute."""
    return _render("missing.html.j2", stylesheet=site.url(stylesheet()[0]), home=site.url("index.html"))


def is_indexable(page: Page) -> bool:
    """Whether search engines may list the page."""
    return not_indexed_because(page) is None


def not_indexed_because(page: Page) -> str | None:
    """Why search engines must not list the page: it says nothing real, or too little; None when they may."""
    if page.event.origin == "sample":
        return "sample data"
    return "thin text" if is_thin(page.body_html) else None


def _at_home(pages: Sequence[Card], site: Site) -> list[Card]:
    """The pages with the addresses they have now, wherever the site was when they were written."""
    return [page.model_copy(update={"url": site.url(page_key(page.org_id, page.slug))}) for page in pages]


def _sources(page: Page) -> list[tuple[str, str]]:
    """Title and address of what the page was written with and readers can go to, each address once."""
    readable = [excerpt for excerpt in page.context if excerpt.url and _HTTP_URL.fullmatch(excerpt.url)]
    titles = {str(excerpt.url): " ".join(excerpt.title.split()) or str(excerpt.url) for excerpt in readable}
    return [(title, url) for url, title in titles.items()]


def _quotes_the_rules(page: Page) -> bool:
    """Whether the text already holds the market's rules word for word."""
    rules = " ".join(page.event.description.split())
    return not rules or rules in " ".join(blocks_of(page.body_html))


def _totals(event: MarketEvent) -> list[tuple[str, str]]:
    amounts = (
        ("Traded in the last day", event.volume_24h),
        ("Traded in the last week", event.volume_week),
        ("Traded in all", event.volume),
        ("In the order book", event.liquidity),
    )
    return [(label, dollars(amount)) for label, amount in amounts if amount is not None]


def _render(template: str, **values: Any) -> bytes:
    return _environment().get_template(template).render(**values).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "percent": percent,
        "dollars": dollars,
        "day": day,
        "minute": minute,
        "rfc3339": _when,
        "change": _change,
        "tendency": _tendency,
        "bar": _bar,
    }
    return environment


def _when(moment: datetime) -> str:
    return rfc3339(moment)


def _change(change: Decimal) -> str:
    return "unchanged" if abs(change) < SMALLEST_CHANGE else f"{_tendency(change)} {points(change)}"


def _tendency(change: Decimal) -> str:
    if abs(change) < SMALLEST_CHANGE:
        return "flat"
    return "up" if change > 0 else "down"


def _bar(probability: Decimal) -> str:
    """The width of a probability's bar, of 100."""
    return f"{probability * 100:.2f}"
