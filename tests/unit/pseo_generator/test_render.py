"""Pages, indexes and sitemaps as they are published."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from functions.pseo_generator import render
from functions.pseo_generator.list_pages import card_of
from functions.pseo_generator.site import Site, stylesheet
from functions.shared.domain.content.model import Page
from functions.shared.domain.context.model import Excerpt
from functions.shared.domain.market import Outcome
from functions.shared.domain.organisation.model import Organisation
from tests.support.clock import ManualClock
from tests.support.contents import a_page, an_event

SITE = Site("https://site.example/bucket")
ACME = Organisation(org_id="acme", name="Acme & Sons", created_at=datetime(2026, 1, 1, tzinfo=UTC))
ATOM = "{http://www.w3.org/2005/Atom}"
BODY = "<p>" + "What traders pay for tea follows what they believe about it. " * 8 + "</p>"


@pytest.fixture
def live(clock: ManualClock) -> Page:
    event = an_event(clock(), origin="polymarket", description="It resolves by law.\n\nNo exceptions.")
    return a_page(clock(), event=event, image_key="acme/images/tea-or-coffee.png", body_html=BODY)


@pytest.fixture
def sampled(live: Page) -> Page:
    return live.model_copy(update={"event": live.event.model_copy(update={"origin": "sample"})})


def rendered(page: Page, related: list[Page] | None = None) -> str:
    cards = [card_of(each) for each in related or []]
    return render.render_page(page, organisation=ACME.name, site=SITE, related=cards).decode()


def indexed(*pages: Page) -> str:
    cards = [card_of(page) for page in pages]
    return render.render_index(ACME, cards, [card.month for card in cards], site=SITE).decode()


def structured(html: str) -> list[dict[str, Any]]:
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    graph: list[dict[str, Any]] = json.loads(text)["@graph"]
    return graph


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def meta(self) -> dict[str, str | None]:
        named = [attributes for tag, attributes in self.tags if tag == "meta"]
        return {str(each.get("name") or each.get("property")): each.get("content") for each in named}


def test_a_live_page_may_be_indexed_and_names_its_source(live: Page) -> None:
    html = rendered(live)
    assert _Reader(html).meta()["robots"] == "index, follow, max-image-preview:large"
    assert '<a href="https://polymarket.com/event/tea-or-coffee" rel="nofollow noopener noreferrer">' in html
    assert "Sample data" not in html


def test_a_sample_page_says_so_and_is_not_indexed(sampled: Page) -> None:
    html = rendered(sampled)
    assert _Reader(html).meta()["robots"] == "noindex, follow"
    assert "Sample data, not live prices." in html


def test_a_thin_page_is_kept_out_of_search_without_a_word_of_samples(live: Page) -> None:
    thin = live.model_copy(update={"body_html": "<p>Tea stands at 37.5%.</p>"})
    html = rendered(thin)
    assert _Reader(html).meta()["robots"] == "noindex, follow"
    assert "Sample data" not in html
    assert thin.url not in render.render_sitemap([card_of(thin)], site=SITE).decode()
    assert "noindex" in indexed(thin)


def test_a_page_not_to_be_listed_has_a_reason(live: Page, sampled: Page) -> None:
    thin = {"body_html": "<p>Tea.</p>"}
    assert render.not_indexed_because(live) is None
    assert render.not_indexed_because(live.model_copy(update=thin)) == "thin text"
    assert render.not_indexed_because(sampled.model_copy(update=thin)) == "sample data"


def test_the_head_tells_search_engines_and_networks_what_the_page_is(live: Page) -> None:
    meta = _Reader(rendered(live)).meta()
    assert meta["description"] == meta["og:description"] == live.description
    assert meta["og:title"] == meta["twitter:title"] == live.title
    assert meta["og:image"] == "https://site.example/bucket/acme/images/tea-or-coffee.png"
    assert f'<link rel="canonical" href="{live.url}">' in rendered(live)


def test_a_picture_networks_cannot_show_is_not_offered_to_them(live: Page) -> None:
    html = rendered(live.model_copy(update={"image_key": "acme/images/tea-or-coffee.svg"}))
    assert "og:image" not in html
    assert '<img src="images/tea-or-coffee.svg"' in html


def test_a_page_without_a_picture_is_whole(live: Page) -> None:
    assert "<img" not in rendered(live.model_copy(update={"image_key": None}))


def test_structured_data_describes_article_breadcrumbs_and_organisation(live: Page) -> None:
    kinds = {each["@type"]: each for each in structured(rendered(live))}
    assert set(kinds) == {"Article", "BreadcrumbList", "Organization"}
    assert kinds["Article"]["headline"] == live.title
    assert kinds["Article"]["dateModified"] == "2026-11-22T05:00:00.000Z"
    assert kinds["Organization"]["name"] == "Acme & Sons"


def test_nothing_in_the_data_breaks_out_of_markup(live: Page) -> None:
    nasty = '</script><script>alert("x")</script>'
    outcome = Outcome(name=nasty, probability=Decimal("0.5"))
    event = live.event.model_copy(update={"title": nasty, "outcomes": (outcome,), "description": nasty})
    page = live.model_copy(update={"title": nasty, "description": nasty, "keywords": (nasty,), "event": event})
    html = rendered(page, [page.model_copy(update={"content_id": "other"})])
    assert html.count("<script") == html.count("</script>") == 1
    assert structured(html)[1]["headline"] == nasty
    assert "<script" not in indexed(page)


def test_pages_obey_the_sites_content_security_policy(live: Page) -> None:
    for html in (rendered(live, [live]), indexed(live)):
        for tag, attributes in _Reader(html).tags:
            assert tag != "style"
            assert tag != "script" or attributes["type"] == "application/ld+json"
            assert "style" not in attributes
            assert not any(name.startswith("on") for name in attributes)


def test_the_outcomes_table_shows_every_outcome_with_its_bar(live: Page) -> None:
    html = rendered(live)
    assert re.findall(r'<rect class="fill" width="([\d.]+)"', html) == ["37.50", "62.50"]
    assert "Open outcomes, by probability" in html
    more = live.model_copy(update={"event": live.event.model_copy(update={"outcome_count": 40})})
    assert "The 2 most probable of 40 open outcomes" in rendered(more)


def test_the_markets_rules_are_shown_once(live: Page) -> None:
    assert rendered(live).count("No exceptions.") == 1
    quoted = live.model_copy(update={"body_html": "<p>It resolves by law. No exceptions.</p>"})
    assert rendered(quoted).count("No exceptions.") == 1


def test_links_to_other_pages_are_relative(live: Page) -> None:
    html = rendered(live, [live.model_copy(update={"content_id": "2", "slug": "another"})])
    assert '<a href="another.html">' in html
    assert f'<link rel="stylesheet" href="../{stylesheet()[0]}">' in html


def test_the_sitemap_lists_indexable_pages_with_their_last_change(live: Page, sampled: Page) -> None:
    changed = live.model_copy(update={"updated_at": datetime(2026, 11, 23, 6, tzinfo=UTC)})
    cards = [card_of(changed), card_of(sampled.model_copy(update={"slug": "sample"}))]
    xml = render.render_sitemap(cards, site=SITE).decode()
    assert re.findall("<loc>(.*?)</loc>", xml) == ["https://site.example/bucket/acme/tea-or-coffee.html"]
    assert re.findall("<lastmod>(.*?)</lastmod>", xml) == ["2026-11-23T06:00:00.000Z"]


def test_the_sources_of_a_page_are_linked_by_the_site_alone(live: Page) -> None:
    def excerpt(title: str, url: str | None) -> Excerpt:
        return Excerpt(item_id=title, title=title, url=url, origin="feed", origin_id="feed-1", text="Tea.")

    nasty = '"><script>alert(1)</script>'
    context = (
        excerpt("On tea", "https://acme.example/tea?a=1&b=2"),
        excerpt("On tea again", "https://acme.example/tea?a=1&b=2"),
        excerpt(nasty, "http://acme.example/nasty"),
        excerpt("Run", "javascript:alert(1)"),
        excerpt("Break out", f"https://acme.example/{nasty}"),
        excerpt("A document", None),
    )
    html = rendered(live.model_copy(update={"context": context}))
    (section,) = re.findall(r'<section class="sources".*?</section>', html, re.DOTALL)
    links = [attributes for tag, attributes in _Reader(section).tags if tag == "a"]
    assert [(link["href"], link["rel"]) for link in links] == [
        ("https://acme.example/tea?a=1&b=2", "nofollow noopener"),
        ("http://acme.example/nasty", "nofollow noopener"),
    ]
    assert html.count("<script") == 1
    assert "javascript:" not in html
    assert "the publisher’s own sources" in html
    assert "From our own sources" not in rendered(live)


def fed(pages: list[Page]) -> ElementTree.Element:
    return ElementTree.fromstring(render.render_feed(ACME, [card_of(page) for page in pages], site=SITE))  # noqa: S314 - our own


def test_the_feed_tells_readers_of_new_pages_and_when_they_changed(live: Page, sampled: Page) -> None:
    changed = live.model_copy(update={"updated_at": datetime(2026, 11, 23, 6, tzinfo=UTC), "title": "Tea & <coffee>"})
    pages = [changed, sampled.model_copy(update={"content_id": "2", "slug": "sample", "url": "https://old.example/x"})]
    feed = fed(pages)
    assert (feed.findtext(f"{ATOM}title"), feed.findtext(f"{ATOM}updated")) == (
        "Acme & Sons",
        "2026-11-23T06:00:00.000Z",
    )
    first, second = feed.findall(f"{ATOM}entry")
    told = [first.findtext(f"{ATOM}{name}") for name in ("id", "title", "published", "updated", "summary")]
    assert told == [
        f"urn:uuid:{live.content_id}",
        "Tea & <coffee>",
        "2026-11-22T05:00:00.000Z",
        "2026-11-23T06:00:00.000Z",
        live.description,
    ]
    assert (second.findtext(f"{ATOM}summary") or "").startswith("Sample data, not live prices.")
    links = [entry.find(f"{ATOM}link") for entry in (first, second)]
    assert [link.get("href") for link in links if link is not None] == [
        f"https://site.example/bucket/acme/{slug}.html" for slug in ("tea-or-coffee", "sample")
    ]
    own = feed.find(f"{ATOM}link[@rel='self']")
    assert own is not None
    assert own.get("href") == "https://site.example/bucket/acme/feed.xml"


def test_the_feed_holds_fifty_pages_and_exists_without_any(live: Page) -> None:
    full = fed([live] * 60)
    empty = fed([])
    assert len(full.findall(f"{ATOM}entry")) == 50
    assert (empty.findall(f"{ATOM}entry"), empty.findtext(f"{ATOM}updated")) == ([], "2026-01-01T00:00:00.000Z")
    for html in (rendered(live), indexed(live)):
        assert '<link rel="alternate" type="application/atom+xml" title="Acme &amp; Sons" href="feed.xml">' in html


def test_the_root_lists_organisations_and_robots_their_sitemaps() -> None:
    assert '<a href="acme/index.html">Acme &amp; Sons</a>' in render.render_publishers([ACME], site=SITE).decode()
    robots = render.render_robots([ACME], site=SITE).decode()
    assert robots.splitlines()[2] == "Sitemap: https://site.example/bucket/acme/sitemap.xml"


def test_the_page_for_what_is_missing_works_at_any_depth() -> None:
    html = render.render_missing(site=SITE).decode()
    assert 'href="https://site.example/bucket/index.html"' in html
    assert f'href="https://site.example/bucket/{stylesheet()[0]}"' in html


def test_an_index_of_sample_pages_alone_is_not_indexed(live: Page, sampled: Page) -> None:
    assert "noindex" in indexed(sampled)
    assert "noindex" not in indexed(sampled, live)
    assert "There are no pages yet." in indexed()
