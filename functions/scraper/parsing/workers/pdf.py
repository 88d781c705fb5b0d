"""PDF by PDFium, which alone reads it here."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # brings no types
from pypdfium2 import raw

from functions.scraper.parsing.results import ParsedDocument
from functions.scraper.parsing.workers.plain import cleaned, one_line
from functions.scraper.parsing.workers.serve import Refused, serve

_MAX_TITLE = 300
_LEAST_PER_PAGE = 5
"""With fewer letters and digits a page, on average, the pages are pictures with a stamp on them at most."""

_HYPHEN = re.compile("[\x02\ufffe](?:\r?\n)?")  # PDFium's mark for a word that goes on in the next line
_TITLE_OF_A_PROGRAM = re.compile(r"^(microsoft word|untitled|unbenannt)\b|\.(docx?|odt|indd|tex|pptx?)$", re.IGNORECASE)


def read_pdf(header: Mapping[str, Any], body: bytes) -> ParsedDocument:
    """The text of the pages. Refused: too many, locked, damaged, without text."""
    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise _refusal(error) from None
    count = len(pdf)
    if count > header["max_pages"]:
        raise Refused(f"it has {count:,} pages, and at most {header['max_pages']:,} are read: split it")
    pages = []
    characters = 0
    for page in _pages(pdf, count):
        characters += len(page)
        if characters > header["max_characters"]:
            raise Refused(f"it holds more than {header['max_characters']:,} characters of text: split it")
        pages.append(page)
    text = "\n\n".join(page for page in pages if page)
    if sum(map(str.isalnum, text)) < _LEAST_PER_PAGE * min(count, 20):
        raise Refused(
            "no text was found in it, so it is probably scanned: run text recognition (OCR) over it and upload it again"
        )
    title = one_line(pdf.get_metadata_value("Title"), _MAX_TITLE)
    return ParsedDocument(title if title and not _TITLE_OF_A_PROGRAM.search(title) else None, text)


def _pages(pdf: pypdfium2.PdfDocument, count: int) -> Iterator[str]:
    """The text of each page; a damaged one has none."""
    for index in range(count):
        try:
            page = pdf[index]
        except pypdfium2.PdfiumError:
            continue
        part = page.get_textpage()
        yield cleaned(_HYPHEN.sub("", part.get_text_bounded()))
        part.close()
        page.close()


def _refusal(error: pypdfium2.PdfiumError) -> Refused:
    if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
        return Refused("it is protected by a password: remove the password and upload it again")
    return Refused("it is damaged, or not a whole PDF: check that it opens elsewhere, and upload it again")


if __name__ == "__main__":
    serve(read_pdf)
