"""HTML to plain text, by lxml: scripts, styles and what is not shown are left out, blocks become lines."""

from collections.abc import Iterator

from lxml import etree, html  # type: ignore[import-untyped]  # brings no types

from functions.scraper.parsing.workers.plain import parsable

_UNSHOWN = ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "form", "select")
_PARAGRAPHS = frozenset(
    ("p", "div", "section", "article", "header", "footer", "main", "aside", "blockquote", "pre", "figure", "table")
)
_PARAGRAPHS |= {"ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6"}
_LINES = frozenset(("br", "li", "dt", "dd", "tr", "hr", "figcaption", "caption", "option"))
_CELLS = ("td", "th")
_FEEDS = ("application/rss+xml", "application/atom+xml")


def parse_html(text: str) -> html.HtmlElement | None:
    """The tree of a page or a fragment, None for one without any element."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        return html.document_fromstring(parsable(text).encode(), parser=parser)
    except etree.ParserError:
        return None


def text_of(markup: str) -> str:
    """What a reader sees of a fragment."""
    tree = parse_html(f"<div>{markup}</div>")
    if tree is None:
        return ""
    etree.strip_elements(tree, *_UNSHOWN, with_tail=False)
    return "".join(_pieces(tree))


def _pieces(tree: html.HtmlElement) -> Iterator[str]:
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if element.tag in _PARAGRAPHS:
            yield "\n\n"
        elif element.tag in _LINES and event == "start":
            yield "\n"
        elif element.tag in _CELLS:
            yield " "
        yield _run(element.text if event == "start" else element.tail)


def _run(text: str | None) -> str:
    """White space in HTML is a blank, also a line's end."""
    if not text:
        return ""
    words = " ".join(text.split())
    before = " " if text[0].isspace() else ""
    after = " " if words and text[-1].isspace() else ""
    return f"{before}{words}{after}"


def feed_of(tree: html.HtmlElement) -> str | None:
    """The address of the feed that a page names as its own, as it stands there."""
    for link in tree.iter("link"):
        kind = (link.get("type") or "").strip().lower()
        if "alternate" in (link.get("rel") or "").lower().split() and kind in _FEEDS and link.get("href"):
            return str(link.get("href"))
    return None
