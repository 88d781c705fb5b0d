"""Makes a model's HTML safe to publish: only the elements named here, none of them with an attribute."""

import re
from html.parser import HTMLParser

import nh3

_TAGS = {"h2", "h3", "p", "ul", "ol", "li", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "blockquote"}
_BLOCKS = _TAGS - {"strong", "em"}
_DROPPED_WITH_CONTENT = {"script", "style", "template", "noscript", "iframe", "svg", "math", "title", "head"}
_SAME_MEANING = {"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3", "b": "strong", "i": "em"}
_SAME_MEANING |= {"div": "p", "section": "p", "article": "p"}
_BLOCK = re.compile(rf"<(?:{'|'.join(sorted(_BLOCKS))})>")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG_NAME = re.compile(rf"(</?)({'|'.join(_SAME_MEANING)})(?=[\s/>])", re.IGNORECASE)
# Cells may be empty; a row of a table needs them.
_EMPTY = re.compile(r"<(h2|h3|p|ul|ol|li|strong|em|table|thead|tbody|tr|blockquote)>\s*</\1>")


def clean_html(html: str) -> str:
    """The allowed elements of `html`; the text of all others stays, scripts and styles go with their content.

    Text without any block becomes paragraphs.
    """
    named = _TAG_NAME.sub(lambda match: match[1] + _SAME_MEANING[match[2].lower()], _LINE_BREAK.sub(" ", html))
    cleaned = nh3.clean(
        named,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes={"*": set()},  # an empty mapping would leave `title` and `lang`
        generic_attribute_prefixes=set(),
        url_schemes=set(),
        strip_comments=True,
        link_rel=None,
    )
    spaced = cleaned.replace("\u00a0", " ").replace("&nbsp;", " ")
    filled = _without_empty_elements(spaced).strip()
    return filled if _BLOCK.search(filled) else _without_empty_elements(_in_paragraphs(filled))


def blocks_of(html: str) -> list[str]:
    """What a reader sees of `html`, one text for each block: words of different blocks never belong together."""
    reader = _BlockReader()
    reader.feed(html)
    reader.close()
    return [text for block in "".join(reader.parts).split("\n") if (text := " ".join(block.split()))]


def _in_paragraphs(text: str) -> str:
    """Plain text, as some models write it where HTML was asked for, with a paragraph for each of its own."""
    return "".join(f"<p>{paragraph.strip()}</p>" for paragraph in re.split(r"\n\s*\n", text))


def _without_empty_elements(html: str) -> str:
    while (shorter := _EMPTY.sub("", html)) != html:
        html = shorter
    return html


class _BlockReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data.replace("\n", " "))
