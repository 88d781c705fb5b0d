"""What of a model's HTML is published."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.pseo_generator.clean_html import blocks_of, clean_html


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        (
            "<p>Fine, <strong>bold</strong> and <em>calm</em>.</p>",
            "<p>Fine, <strong>bold</strong> and <em>calm</em>.</p>",
        ),
        ('<p class="x" style="color:red" onclick="alert(1)" title="t" lang="de" id="i">a</p>', "<p>a</p>"),
        ('<p>See <a href="https://example.com">this</a>.</p>', "<p>See this.</p>"),
        ("<p>a</p><script>alert(1)</script><style>p{}</style>", "<p>a</p>"),
        ("<p>a</p><img src=x onerror=alert(1)><svg><script>alert(1)</script></svg>", "<p>a</p>"),
        ("<h1>Top</h1><h4>Low</h4><b>b</b> <i>i</i>", "<h2>Top</h2><h3>Low</h3><strong>b</strong> <em>i</em>"),
        ("<p></p><p>a</p><ul><li> </li></ul><h2><em></em></h2>", "<p>a</p>"),
        ("<div><p>a</p></div><p>b<br>c</p>", "<p>a</p><p>b c</p>"),
        ("<p>a<!-- hidden --></p>", "<p>a</p>"),
        ("one\n\ntwo & <em>three</em>", "<p>one</p><p>two &amp; <em>three</em></p>"),
        ("<p>unclosed <strong>tags", "<p>unclosed <strong>tags</strong></p>"),
    ],
)
def test_only_the_allowed_elements_stay_and_without_attributes(html: str, cleaned: str) -> None:
    assert clean_html(html) == cleaned


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes += attrs


ALLOWED = {"h2", "h3", "p", "ul", "ol", "li", "strong", "em", "blockquote", "table", "thead", "tbody", "tr", "th", "td"}
FRAGMENTS = st.sampled_from(
    (
        *("<p>", "</p>", "<h1 x", ">", "<", '"', "text", "<b/>", "&lt;script&gt;", "<table><td>", "<div/onclick=x>"),
        *("<a href=javascript:alert(1)>", "<scr<script>ipt>", "<svg/onload=x>", "<math><mi//xlink:href=x>"),
        *("<style>", "</style>", "<!--", "-->", "<![CDATA[", "]]>", "<iframe srcdoc=x>", "<base href=//x>"),
        *("<template>", "<noscript><p title='</noscript><img src=x>'>"),
    )
)


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_nothing_else_survives_however_it_is_broken(html: str) -> None:
    tags = _Tags()
    tags.feed(clean_html(html))
    tags.close()
    assert tags.found <= ALLOWED
    assert tags.attributes == []


def test_blocks_hold_what_a_reader_sees_apart() -> None:
    table = "<table><tr><td>12</td><td>million</td></tr></table>"
    html = f"<h2>Now</h2><p>It is 3<strong>7</strong>%\nof all &amp; more</p>{table}"
    assert blocks_of(html) == ["Now", "It is 37% of all & more", "12", "million"]
