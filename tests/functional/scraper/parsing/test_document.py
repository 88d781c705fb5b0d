"""Reading documents, also those that mean harm."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from docx import Document

from functions.scraper.parsing.document import ParsedDocument, parse_document
from functions.shared.kernel.errors import PermanentError
from tests.support.foreign import (
    Watch,
    a_docx,
    a_paragraph,
    a_pdf,
    a_pdf_of_one_page_many_times,
    entity_bomb,
    external_entity,
)

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = "text/plain"
MARKDOWN = "text/markdown"
SECONDS = 30.0


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    watch.require_modest(SECONDS)


def parse(watch: Watch, body: bytes, media_type: str) -> ParsedDocument:
    return parse_document(body, media_type=media_type, name="report.x", limits=watch.limits(SECONDS))


def test_the_pages_of_a_pdf_become_its_text(watch: Watch) -> None:
    document = parse(watch, a_pdf("First page\nsecond line", "Next page", title="Annual report"), PDF)
    assert document == ParsedDocument("Annual report", "First page\nsecond line\n\nNext page")


def test_what_a_program_called_a_pdf_is_not_its_title(watch: Watch) -> None:
    assert parse(watch, a_pdf("Some text", title="Microsoft Word - draft.docx"), PDF).title is None


def test_paragraphs_and_tables_of_a_word_document_stay_in_order(watch: Watch) -> None:
    made = Document()
    made.core_properties.title = "Plan"
    made.add_heading("Goals", 1)
    made.add_paragraph("Grow\tfast\nand well")
    table = made.add_table(2, 2)
    for place, text in enumerate(("Plan", "Price", "Basic", "9 dollars")):
        table.cell(place // 2, place % 2).text = text
    made.add_paragraph("The end")
    packed = io.BytesIO()
    made.save(packed)
    document = parse(watch, packed.getvalue(), DOCX)
    assert document.title == "Plan"
    assert document.text == "Goals\n\nGrow fast\nand well\n\nPlan | Price\nBasic | 9 dollars\n\nThe end"


def test_deleted_text_of_a_word_document_is_left_out(watch: Watch) -> None:
    change = "<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>"
    assert parse(watch, a_docx(change), DOCX) == ParsedDocument(None, "new")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_plain_text_is_read_in_whatever_encoding(watch: Watch, encoding: str) -> None:
    text = "Größe: “très” naïve"
    assert parse(watch, f"{text}\r\n\r\n\r\n\r\nEnd".encode(encoding), TEXT) == ParsedDocument(None, f"{text}\n\nEnd")


def test_a_markdown_document_goes_by_its_first_heading(watch: Watch) -> None:
    body = b"Intro\n\n## Small\n\n# The plan #\n\n- one\n- two\n"
    document = parse(watch, body, MARKDOWN)
    assert (document.title, document.text) == ("The plan", body.decode().strip())
    assert parse(watch, body, TEXT).title is None


WORDS = a_docx(a_paragraph("Hello"))
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512
NOT_TEXT = bytes(range(256)) * 100


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (b"", PDF, "it is empty"),
        (b"hello", "image/png", r"image/png are not read: use \.pdf, \.docx, \.txt or \.md"),
        (b"x" * (20 * 1024 * 1024 + 1), TEXT, "larger than 20 MiB"),
        (WORDS, PDF, "report.x is not a PDF but a Word document"),
        (a_pdf("Hello"), DOCX, r"report.x is not a Word document \(.docx\) but a PDF: upload it as what it is"),
        (a_pdf("Hello"), MARKDOWN, "is not plain text but a PDF"),
        (b"\x89PNG\r\n", PDF, r"but a picture \(PNG\): save it as a PDF"),
        (b"hello", PDF, "report.x is not a PDF: "),
        (OLD_OFFICE, DOCX, "Word's old format"),
        (OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), DOCX, "protected by a password: remove the password"),
        (a_pdf("Hello", encrypted=True), PDF, "protected by a password: remove the password"),
        (a_pdf("", ""), PDF, r"probably scanned: run text recognition \(OCR\)"),
        (a_pdf(), PDF, "it is damaged, or not a whole PDF"),
        (a_pdf("Hello")[:300], PDF, "it is damaged, or not a whole PDF"),
        (b"%PDF-1.7" + NOT_TEXT * 500, PDF, "it is damaged, or not a whole PDF"),
        (WORDS[:200], DOCX, "it is damaged, or not a whole Word document"),
        (a_docx("<w:p>"), DOCX, "it is damaged, or not a whole Word document"),
        (a_docx("<w:p>" * 50_000 + "</w:p>" * 50_000), DOCX, "it is damaged"),
        (a_docx(""), DOCX, "no text was found"),
        (NOT_TEXT, TEXT, "it is not text"),
        (b" \n\n ", TEXT, "it is empty"),
        (b"word " * 500_000, TEXT, "more than 2,000,000 characters"),
        (a_docx(a_paragraph("word " * 50_000) * 9), DOCX, "more than 2,000,000 characters"),
        (a_pdf_of_one_page_many_times(2_001), PDF, "it has 2,001 pages, and at most 2,000 are read: split it"),
        (a_pdf_of_one_page_many_times(100_000), PDF, "it has 100,000 pages"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    watch: Watch, body: bytes, media_type: str, reason: str
) -> None:
    with pytest.raises(PermanentError, match=reason):
        parse(watch, body, media_type)


def test_other_archives_are_no_word_documents(watch: Watch) -> None:
    for name, reason in (("photos/1.jpg", "a ZIP archive"), ("[Content_Types].xml", "not a Word document")):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(name, "x")
        with pytest.raises(PermanentError, match=reason):
            parse(watch, packed.getvalue(), DOCX)


@pytest.mark.parametrize(
    "more",
    [{f"word/media/{n}": bytes(30 << 20) for n in range(4)}, {f"word/media/{n}": b"" for n in range(5_001)}],
    ids=["120 MiB", "5,001 parts"],
)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(watch: Watch, more: dict[str, bytes]) -> None:
    with pytest.raises(PermanentError, match="unpacks to more than 100 MiB or 5,000 parts"):
        parse(watch, a_docx(a_paragraph("Hello"), more=more), DOCX)
    assert (watch.runs[0].peak_mb or 0) < 100


def test_an_archive_in_a_word_document_stays_packed(watch: Watch) -> None:
    inner = a_docx("", more={"word/bomb": bytes(30 << 20)})
    document = parse(watch, a_docx(a_paragraph("Hello"), more={"word/embeddings/inner.docx": inner}), DOCX)
    assert document.text == "Hello"
    assert (watch.runs[0].peak_mb or 0) < 100


def test_a_word_document_that_fills_the_memory_says_so(watch: Watch) -> None:
    with pytest.raises(PermanentError, match="more than the 380 MiB of memory"):
        parse(watch, a_docx(a_paragraph("Hi") * 1_500_000), DOCX)


def test_entities_in_a_word_document_expand_to_nothing_and_open_nothing(watch: Watch) -> None:
    body = a_paragraph("t&leak;x")
    assert "root:" not in parse(watch, a_docx(body, prolog=external_entity("w:document")), DOCX).text
    with pytest.raises(PermanentError, match="it is damaged"):
        parse(watch, a_docx(a_paragraph("&a9;"), prolog=entity_bomb("w:document")), DOCX)


def test_a_book_is_read_whole(watch: Watch) -> None:
    page = "\n".join(["The market moved and the people of the town were glad about it"] * 45)
    book = a_pdf(*[page] * 400)
    parsed = parse_document(book, media_type=PDF, name="report.x", limits=watch.limits(120))
    assert len(parsed.text) > 1_000_000
    assert watch.runs[0].status == 0
