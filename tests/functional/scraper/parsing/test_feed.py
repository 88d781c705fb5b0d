"""Reading feeds, also those that mean harm."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from functions.scraper.parsing.feed import Entry, ParsedFeed, parse_feed
from functions.shared.kernel.errors import PermanentError
from tests.support.foreign import Watch, attributes, entity_bomb, external_entity

URL = "https://acme.example/blog/feed.xml"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECONDS = 30.0


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    watch.require_modest(SECONDS)


def parse(watch: Watch, body: str | bytes, *, charset: str | None = None, seconds: float = SECONDS) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    limits = watch.limits(seconds)
    return parse_feed(raw, url=URL, media_type="text/xml", charset=charset, limits=limits, clock=lambda: NOW)


def rss(*items: str, head: str = "<title>Acme &amp; Sons</title>", root: str = '<rss version="2.0">') -> str:
    return f"{root}<channel>{head}{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"


def only(feed: ParsedFeed) -> Entry:
    (entry,) = feed.entries
    return entry


def test_an_rss_entry_is_read_as_plain_text_with_its_link_author_and_date(watch: Watch) -> None:
    item = """<title>Tea &amp;amp; toast</title><link>/2026/tea?a=1&amp;b=2</link><guid isPermaLink="false">tea-1</guid>
    <author>jane@acme.example (Jane Doe)</author><pubDate>Sat, 21 Nov 2026 10:00:00 +0100</pubDate>
    <description><![CDATA[<p>Hello <b>big</b>&nbsp;world</p><script>steal()</script><style>p{}</style>
    <ul><li>one<li>two</ul>line<br>break]]></description>"""
    feed = parse(watch, rss(item, head="<title>Acme &amp; Sons</title><ttl>90</ttl>"))
    assert (feed.title, feed.unusable, feed.ttl) == ("Acme & Sons", 0, timedelta(minutes=90))
    assert only(feed) == Entry(
        guid="tea-1",
        link="https://acme.example/2026/tea?a=1&b=2",
        title="Tea & toast",
        text="Hello big world\n\none\ntwo\n\nline\nbreak",
        author="Jane Doe",
        published_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
    )


def test_an_atom_entry_prefers_its_content_to_its_summary(watch: Watch) -> None:
    feed = parse(
        watch,
        """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://cdn.example/">
        <title type="html">Acme &lt;i&gt;blog&lt;/i&gt;</title>
        <entry><id>urn:1</id><title>One</title><link rel="alternate" href="one"/><updated>2026-11-01T00:00:00Z</updated>
        <summary>short</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long &amp; whole</p>
        <p>5 &lt; 6</p></div></content><author><name>Jo</name></author></entry>
        <entry><id>urn:2</id><title type="text">a &lt;b&gt; c</title>
        <content type="text">x &lt;y&gt; z</content></entry>
        </feed>""",
    )
    first, second = feed.entries
    assert (feed.title, first.guid, first.link) == ("Acme blog", "urn:1", "https://cdn.example/one")
    assert (first.text, first.author) == ("Long & whole\n\n5 < 6", "Jo")
    assert first.published_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert (second.title, second.text, second.link) == ("a <b> c", "x <y> z", None)


def test_rss_1_0_is_read_with_its_update_period(watch: Watch) -> None:
    feed = parse(
        watch,
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
        <channel><title>Old</title><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
        </channel><item rdf:about="https://e.example/1"><title>One</title><link>https://e.example/1</link>
        <description>Text</description><dc:date>2026-11-02T01:00:00+01:00</dc:date></item></rdf:RDF>""",
    )
    assert (only(feed).link, only(feed).text) == ("https://e.example/1", "Text")
    assert only(feed).published_at == datetime(2026, 11, 2, tzinfo=UTC)
    assert feed.ttl == timedelta(hours=6)


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("utf-8", "iso-8859-1", "iso-8859-1"),
        ("utf-8", "utf-8", "us-ascii"),
        ("windows-1252", "windows-1252", None),
        ("windows-1252", "utf-8", "utf-8"),
        ("windows-1252", None, "iso-8859-1"),
        ("utf-16", "utf-16", None),
    ],
)
def test_letters_survive_a_wrong_declaration(
    watch: Watch, encoding: str, declared: str | None, charset: str | None
) -> None:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = "Über “uns” – naïve café, 10 €"
    body = (prolog + rss(f"<title>{text}</title>")).encode(encoding)
    assert only(parse(watch, body, charset=charset)).title == text


def test_only_web_addresses_and_believable_dates_are_kept(watch: Watch) -> None:
    links = ("javascript:alert(1)", "file:///etc/passwd", "mailto:a@b.example", "https://[broken", "ftp://e.example/")
    dates = ("Sat, 28 Nov 2026 10:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "soon")
    feed = parse(
        watch,
        rss(
            *(f"<title>{link[:4]}</title><link>{link}</link>" for link in links),
            *(f"<title>dated</title><pubDate>{date}</pubDate>" for date in dates),
        ),
    )
    assert [entry.link for entry in feed.entries] == [None] * 8
    assert [entry.published_at for entry in feed.entries] == [None] * 8


def test_entries_with_nothing_to_read_are_counted_and_a_missing_half_is_filled_in(watch: Watch) -> None:
    feed = parse(
        watch, rss("<title> </title><link>/1</link>", "<title>Alone</title>", "<description>No title</description>")
    )
    assert feed.unusable == 1
    assert [(entry.title, entry.text) for entry in feed.entries] == [("Alone", "Alone"), ("No title", "No title")]


def test_a_text_is_cut_and_hides_nothing(watch: Watch) -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    item = f"<title>A\u202eb\u200bc{hidden}</title><description>{'word ' * 10_000}</description>"
    entry = only(parse(watch, rss(item)))
    assert entry.title == "Abc"
    assert 19_000 < len(entry.text) <= 20_000
    assert entry.text.endswith("word…")


def test_of_a_long_feed_the_newest_500_entries_are_kept_in_its_order(watch: Watch) -> None:
    first = datetime(2025, 1, 1, tzinfo=UTC)
    dates = [f"{first + timedelta(hours=number):%a, %d %b %Y %H:00:00 GMT}" for number in range(1200)]
    feed = parse(watch, rss(*(f"<title>{n}</title><pubDate>{date}</pubDate>" for n, date in enumerate(dates))))
    assert [entry.title for entry in feed.entries] == [str(number) for number in range(700, 1200)]


def test_an_empty_feed_is_a_feed(watch: Watch) -> None:
    feed = parse(watch, rss(head=""))
    assert (feed.title, feed.entries) == ("acme.example", ())


def test_a_feed_that_breaks_off_gives_what_came(watch: Watch) -> None:
    whole = rss(*(f"<title>{number}</title><description>Text of it</description>" for number in range(20)))
    assert 5 < len(parse(watch, whole[: len(whole) // 2]).entries) < 15


PAGE = '<!doctype html><html><head><link rel="alternate" type="application/atom+xml" href="/f.xml"></head><p>Hi</html>'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (PAGE.encode(), "add it as a website, or use the feed it names: https://acme.example/f.xml$"),
        (b"<html><body><p>Hi</p></body></html>", "add it as a website, or look for the address of its feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "it is JSON, not an RSS or Atom feed"),
        (b"<urlset><url/></urlset>", "it begins with <urlset>"),
        (b"just words", "it is not a feed"),
        (b"\x00" * 100_000, "it is not a feed"),
        (b'<rss version="2.0"><channel><tit', "its XML is damaged"),
    ],
)
def test_what_is_no_feed_is_refused_with_what_it_is(watch: Watch, body: bytes, reason: str) -> None:
    with pytest.raises(PermanentError, match=reason):
        parse(watch, body)


def test_entities_expand_to_nothing_and_open_nothing(watch: Watch) -> None:
    item = "<title>t &a9;&leak;</title><description>&a9;</description>"
    quadratic = f'<!DOCTYPE rss [<!ENTITY a9 "{"x" * 100_000}">]>'
    for prolog in (entity_bomb("rss"), external_entity("rss"), quadratic):
        entry = only(parse(watch, prolog + rss(item * 10)))
        assert "root:" not in entry.title + entry.text
        assert "lollol" not in entry.text
        assert len(entry.text) < 1000


def test_addresses_in_the_text_are_not_opened(watch: Watch) -> None:
    for body in (b"file:///etc/passwd", b"/etc/passwd", b"http://127.0.0.1:9/feed"):
        with pytest.raises(PermanentError, match="not a feed"):
            parse(watch, body)


@pytest.mark.parametrize("count", [18_000, 105_000])
def test_a_flood_of_attributes_ends_with_its_time(watch: Watch, count: int) -> None:
    """209 KB and 1.3 MB: the time taken grows with their square."""
    with pytest.raises(PermanentError, match="takes longer to read than the 1 seconds"):
        parse(watch, rss(f"<title {attributes(count)}>x</title>"), seconds=1)


@pytest.mark.parametrize(
    "markup",
    ["&lt;div>" * 100_000, "<![CDATA[" + "<b>" * 100_000 + "]]>", "&lt;p " + attributes(2_000) + ">"],
    ids=["nested", "nested in CDATA", "attributes"],
)
def test_hostile_markup_in_an_entry_leaves_the_entry_readable(watch: Watch, markup: str) -> None:
    assert only(parse(watch, rss(f"<title>Fine</title><description>{markup}</description>"))).title == "Fine"


def test_a_hundred_thousand_entries_are_not_all_looked_at(watch: Watch) -> None:
    item = f"<title>t</title><description>{'word ' * 20}</description>"
    assert len(parse(watch, rss(*[item] * 100_000)).entries) == 500


def test_garbage_of_15_mib_ends(watch: Watch) -> None:
    noise = bytes(range(256)) * (15 * 4096)
    for body in (noise, b"<rss>" + b"<" * (15 << 20), b'<rss version="2.0"><channel>' + b"<a>" * 5_000_000):
        with pytest.raises(PermanentError):
            parse(watch, body, seconds=2)
