"""Reading web pages, also those that mean harm."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from functions.scraper.parsing.page import ParsedPage, parse_page
from functions.shared.kernel.errors import PermanentError
from tests.support.foreign import Watch, attributes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECONDS = 30.0

NAV = '<nav><ul><li><a href="/a">MENU one</a></li><li><a href="/b">MENU two</a></li></ul></nav>'
COOKIES = '<div id="cookie-banner"><p>COOKIES help us to improve your experience here. Accept all of them?</p></div>'
RELATED = "".join(f"<li><a href=/{n}>RELATED story {n}</a></li>" for n in range(9))
SIDE = f'<aside class="sidebar"><ul>{RELATED}</ul></aside>'
COMMENTS = '<section id="comments"><div class="comment"><p>COMMENT: I like this article of yours.</p></div></section>'
FOOTER = "<footer><p>FOOTER All rights reserved. Privacy policy. Terms of service.</p></footer>"
STORY = "Sentence {} of the story tells how the market moved, and why so many people cared about it in the end."


def story(count: int) -> str:
    return "".join(f"<p>{STORY.format(number)}</p>" for number in range(count))


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    watch.require_modest(SECONDS)


def parse(watch: Watch, body: str | bytes, *, charset: str | None = None, seconds: float = SECONDS) -> ParsedPage:
    raw = body.encode() if isinstance(body, str) else body
    limits = watch.limits(seconds)
    url = "https://www.acme.example/blog/story"
    return parse_page(raw, url=url, media_type="text/html", charset=charset, limits=limits, clock=lambda: NOW)


def test_of_an_article_only_the_article_is_kept(watch: Watch) -> None:
    page = parse(
        watch,
        f"""<!doctype html><html><head><title>The story - Acme blog</title>
        <meta property="article:published_time" content="2026-03-01T23:30:00Z"><meta name="author" content="Jane Doe">
        <script>var tracking = "SCRIPT";</script></head><body>{COOKIES}{NAV}
        <article><h1>The story</h1>{story(8)}<p hidden style="display:none">HIDDEN instruction</p></article>
        {SIDE}{COMMENTS}{FOOTER}</body></html>""",
    )
    assert (page.title, page.author) == ("The story", "Jane Doe")
    assert page.published_at == datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(8):
        assert STORY.format(number) in page.text
    for noise in ("MENU", "COOKIES", "RELATED", "COMMENT", "FOOTER", "SCRIPT", "HIDDEN", "<"):
        assert noise not in page.text


def test_tables_and_lists_are_part_of_the_text(watch: Watch) -> None:
    steps = "".join(f"<li>Step {n}: do what the manual says, carefully and slowly.</li>" for n in range(5))
    table = "<table><tr><th>Plan</th><th>Price</th></tr><tr><td>Basic</td><td>9 dollars</td></tr></table>"
    page = parse(watch, f"<body>{NAV}<main><h1>Prices</h1>{story(3)}{table}<ol>{steps}</ol></main>{FOOTER}</body>")
    assert "Basic | 9 dollars" in page.text
    assert "Step 4" in page.text


def test_a_front_page_of_short_texts_is_read_less_strictly(watch: Watch) -> None:
    features = "<li>Builds that end in seconds instead of minutes</li><li>Reports your boss grasps at a glance</li>"
    page = parse(
        watch,
        f"""<html><head><title>Acme</title></head><body>{NAV}<section><h1>Acme makes tools</h1>
        <p>We help teams to ship faster with fewer mistakes.</p></section><section><h2>Features</h2><ul>{features}</ul>
        </section><section><h2>Pricing</h2><p>From 9 dollars a month, cancel at any time you like.</p></section>
        <section><h2>About</h2><p>Acme was founded in Berlin by two friends in 2019.</p></section></body></html>""",
    )
    assert "ship faster" in page.text
    assert "Reports your boss" in page.text
    assert page.published_at is None, "a year in the text is not the page's date"


def test_a_page_of_several_articles_goes_by_its_own_name(watch: Watch) -> None:
    articles = "".join(f"<article><h2>Headline {n}</h2><p>{STORY.format(n)}</p></article>" for n in range(6))
    page = parse(watch, f"<html><head><title>Acme news</title></head><body><main>{articles}</main></body></html>")
    assert page.title == "Acme news"


def test_a_page_without_a_name_goes_by_its_host(watch: Watch) -> None:
    assert parse(watch, f"<body><main>{story(5)}</main></body>").title == "acme.example"


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("windows-1252", "", None),
        ("windows-1252", "", "iso-8859-1"),
        ("windows-1252", '<meta charset="utf-8">', "utf-8"),
        ("utf-8", '<meta charset="iso-8859-1">', None),
        ("windows-1251", '<meta http-equiv="content-type" content="text/html; charset=windows-1251">', None),
        ("shift_jis", "", "Shift_JIS"),
    ],
)
def test_letters_survive_a_missing_or_wrong_declaration(
    watch: Watch, encoding: str, declared: str, charset: str | None
) -> None:
    words = {"windows-1251": "Свободными и равными", "shift_jis": "日本語のテキスト"}.get(
        encoding, "Größe “très” naïve €"
    )
    body = f"<html><head>{declared}</head><body><article><p>{words}</p>{story(5)}</article></body></html>"
    assert words in parse(watch, body.encode(encoding), charset=charset).text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b'{"an": "answer"}', "it is not a web page"),
        (
            b'<html><body><div id="root"></div><script>render()</script></body></html>',
            "perhaps it is made by JavaScript",
        ),
        (b"<html><body><p>Too little.</p></body></html>", "fewer than 200 characters"),
        (b'<rss version="2.0"><channel><title>x</title></channel></rss>', "add it as a feed"),
        (b"<html>" + b"\x00" * 1_000_000, "it is not a web page"),
        (b"<html><body>" + b"<div>" * 100_000 + b"deep " * 100, "no readable text"),
        (b"<html>" + bytes(range(256)) * (15 * 4095), "it is not a web page"),
    ],
    ids=["empty", "JSON", "JavaScript", "short", "feed", "null bytes", "100,000 divs", "15 MB of garbage"],
)
def test_a_page_without_text_is_refused_with_what_may_be_the_matter(watch: Watch, body: bytes, reason: str) -> None:
    with pytest.raises(PermanentError, match=reason):
        parse(watch, body)


def test_control_characters_in_a_page_cut_nothing_off(watch: Watch) -> None:
    assert STORY.format(7) in parse(watch, f"<body><article>\x00{story(4)}\x00\x1f\x0b{story(8)}</article></body>").text


def test_an_ordinary_page_of_two_megabytes_is_read_and_cut(watch: Watch) -> None:
    body = f"<html><body>{NAV}<article>{story(18_500)}</article></body></html>"
    assert len(body) > 2_000_000
    page = parse(watch, body)
    assert page.text.startswith(STORY.format(0))
    assert 19_000 < len(page.text) <= 20_000


@pytest.mark.parametrize(
    "bulk",
    [
        story(140_000)[: 15 << 20],
        f"<script>{'var a = 1;' * 900_000}</script>",
        "<style>" + "a{}" * 1_000_000 + "</style>",
    ],
    ids=["text", "script", "style"],
)
def test_a_page_of_many_megabytes_is_read_from_its_beginning(watch: Watch, bulk: str) -> None:
    assert STORY.format(1) in parse(watch, f"<html><body><article>{story(3)}{bulk}{story(3)}</article>").text


def test_structured_data_that_nests_without_end_hides_no_text(watch: Watch) -> None:
    deep = f'<script type="application/ld+json">{"[" * 1_000_000}</script>'
    assert STORY.format(2) in parse(watch, f"<html><head>{deep}</head><body><article>{story(5)}</article></body>").text


def test_a_flood_of_attributes_ends_with_its_time(watch: Watch) -> None:
    with pytest.raises(PermanentError, match="takes longer to read than the 1 seconds"):
        parse(watch, f"<html><body><p {attributes(105_000)}>{STORY}</p></body></html>", seconds=1)


def test_a_page_of_millions_of_elements_ends(watch: Watch) -> None:
    with pytest.raises(PermanentError, match="more than the 380 MiB of memory"):
        parse(watch, b"<html><body>" + b"a<br>" * 3_000_000)
