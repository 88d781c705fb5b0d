"""Word documents by python-docx, which alone reads them here."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree  # type: ignore[import-untyped]  # brings no types

from functions.scraper.parsing.results import ParsedDocument
from functions.scraper.parsing.workers.plain import cleaned, one_line
from functions.scraper.parsing.workers.serve import Refused, is_short_of_memory, serve

MAX_UNPACKED = 100 * 1024 * 1024
MAX_MAIN = 60 * 1024 * 1024
MAX_MEMBERS = 5_000

_MAX_TITLE = 300
_MAIN = "word/document.xml"
_BETWEEN = "\n\n"
_NO_TITLE = "Word Document"  # what python-docx calls one without properties
_DAMAGED = "it is damaged, or not a whole Word document: check that it opens elsewhere, and upload it again"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def read_docx(header: Mapping[str, Any], body: bytes) -> ParsedDocument:
    """Paragraphs and tables in their order; of tracked changes the text as it would be. Refused: it has no text."""
    _require_bounded(body)
    try:
        document = Document(io.BytesIO(body))
        blocks = list(_blocks(document.element.body, header["max_characters"]))
        title = one_line(document.core_properties.title or "", _MAX_TITLE)
    except (zipfile.BadZipFile, PackageNotFoundError, etree.XMLSyntaxError, KeyError, ValueError, AttributeError):
        if is_short_of_memory():
            raise MemoryError from None
        raise Refused(_DAMAGED) from None
    text = cleaned(_BETWEEN.join(blocks))
    if not text:
        raise Refused("no text was found in it: if its pages are pictures, run text recognition (OCR) over them")
    return ParsedDocument(title if title and title != _NO_TITLE else None, text)


def _require_bounded(body: bytes) -> None:
    """Sizes as the archive announces them: more than that is never unpacked. Archives in it stay packed."""
    try:
        members = zipfile.ZipFile(io.BytesIO(body)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Refused(_DAMAGED) from None
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        most = MAX_UNPACKED // 1024 // 1024
        raise Refused(f"it unpacks to more than {most} MiB or {MAX_MEMBERS:,} parts: split it, or take pictures out")
    if any(member.flag_bits & 1 for member in members):
        raise Refused("it is protected by a password: remove the password and upload it again")
    names = {member.filename: member.file_size for member in members}
    if names.get(_MAIN, 0) > MAX_MAIN:
        raise Refused(f"its text unpacks to more than {MAX_MAIN // 1024 // 1024} MiB: split it")
    if _MAIN not in names and "[Content_Types].xml" not in names:
        raise Refused("it is a ZIP archive, not a Word document: unpack it and upload the documents in it")
    if not any(name.startswith("word/") for name in names):
        raise Refused("it is not a Word document (.docx): save it as one, or as a PDF, and upload that")


def _blocks(body: Any, most: int) -> Iterator[str]:
    left = most
    for block in body.iterchildren(f"{_W}p", f"{_W}tbl", f"{_W}sdt"):
        for text in _texts(block):
            left -= len(text) + len(_BETWEEN)
            if left < 0:
                raise Refused(f"it holds more than {most:,} characters of text: split it")
            yield text


def _texts(block: Any) -> Iterator[str]:
    """A paragraph, a table as lines with its cells between bars, or what a content control holds."""
    if block.tag == f"{_W}tbl":
        rows = (" | ".join(_paragraph(cell) for cell in row.iter(f"{_W}tc")) for row in block.iter(f"{_W}tr"))
        yield "\n".join(rows)
    elif block.tag == f"{_W}p":
        yield _paragraph(block)
    else:
        for paragraph in block.iter(f"{_W}p"):
            yield _paragraph(paragraph)


def _paragraph(element: Any) -> str:
    """All runs of text in an element; a cell's paragraphs are apart by a blank."""
    pieces = []
    for node in element.iter(f"{_W}t", f"{_W}p", *_BREAKS):
        if node.tag == f"{_W}t":
            pieces.append(node.text or "")
        else:
            pieces.append(_BREAKS.get(node.tag, " "))
    return "".join(pieces).strip()


if __name__ == "__main__":
    serve(read_docx)
