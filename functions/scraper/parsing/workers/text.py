"""Plain text and Markdown, whatever their encoding."""

import re
from collections.abc import Mapping
from typing import Any

from functions.scraper.parsing.results import ParsedDocument
from functions.scraper.parsing.workers.charset import decode
from functions.scraper.parsing.workers.plain import cleaned, is_binary, one_line
from functions.scraper.parsing.workers.serve import Refused, serve

_MAX_TITLE = 300
_CLEANED_AT_MOST = 2  # a longer text would have to be blanks for the most part
_HEADING = re.compile(r"^#[ \t]+(\S.*?)[ \t#]*$", re.MULTILINE)


def read_text(header: Mapping[str, Any], body: bytes) -> ParsedDocument:
    """The text; a Markdown document's title is its first heading of the first level. Refused: it is no text."""
    text = decode(body)
    if is_binary(text):
        raise Refused("it is not text: save it as plain text in UTF-8, or as PDF or .docx, and upload that")
    most = header["max_characters"]
    if len(text) <= most * _CLEANED_AT_MOST:
        text = cleaned(text)
    if not text:
        raise Refused("it is empty: upload the file that holds the text")
    if len(text) > most:
        raise Refused(f"it holds more than {most:,} characters of text: split it")
    heading = _HEADING.search(text) if header["markdown"] else None
    return ParsedDocument(one_line(heading[1], _MAX_TITLE) if heading else None, text)


if __name__ == "__main__":
    serve(read_text)
