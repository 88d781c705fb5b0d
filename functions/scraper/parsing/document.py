"""Documents: PDF, Word (.docx), plain text and Markdown."""

from collections.abc import Mapping

from functions.scraper.parsing.outcome import Limits, read_in_child
from functions.scraper.parsing.results import ParsedDocument
from functions.shared.domain.context.documents.rules import DOCUMENT_TYPES, MAX_DOCUMENT_BYTES
from functions.shared.kernel.errors import PermanentError

__all__ = ["MAX_CHARACTERS", "MAX_PAGES", "ParsedDocument", "parse_document"]

LIMITS = Limits(seconds=60)
MAX_PAGES = 2_000
MAX_CHARACTERS = 2_000_000

_WORKERS = "functions.scraper.parsing.workers"
_WORKER_OF: Mapping[str, str] = {".pdf": "pdf", ".docx": "docx", ".txt": "text", ".md": "text"}
_KINDS: Mapping[str, str] = {"pdf": "a PDF", "docx": "a Word document (.docx)", "text": "plain text"}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # before .docx, and around one that has a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SIGNS = (
    (b"PK\x03\x04", "docx", "a Word document or another ZIP archive"),
    (b"PK\x05\x06", "", "an empty ZIP archive"),
    (_OLE, "", "a file of an old Office program"),
    (b"{\\rtf", "", "an RTF document"),
    (b"\x89PNG", "", "a picture (PNG)"),
    (b"\xff\xd8\xff", "", "a picture (JPEG)"),
    (b"GIF8", "", "a picture (GIF)"),
    (b"\x1f\x8b", "", "a compressed file (gzip)"),
    (b"7z\xbc\xaf", "", "a compressed archive (7z)"),
    (b"Rar!", "", "a compressed archive (RAR)"),
)
_PDF_SIGN = b"%PDF-"
_PDF_SIGN_WITHIN = 1024  # as all readers of PDF have it


def parse_document(body: bytes, *, media_type: str, name: str, limits: Limits = LIMITS) -> ParsedDocument:
    """The text of the file called `name`; `media_type` is one of DOCUMENT_TYPES, and what is in `body` must fit it.

    PermanentError: it cannot be read (password, scanned, damaged, empty, of another type, over 2,000 pages, over
    2,000,000 characters, over the limits); TransientError: not tried for lack of resources.
    """
    ending = DOCUMENT_TYPES.get(media_type)
    if ending is None:
        raise PermanentError(f"documents of the type {media_type[:100]} are not read: use {_list_of_types()}")
    if not body:
        raise PermanentError("it is empty: upload the file that holds the text")
    if len(body) > MAX_DOCUMENT_BYTES:
        most = MAX_DOCUMENT_BYTES // 1024 // 1024
        raise PermanentError(f"it is larger than {most} MiB: split it, or make its pictures smaller")
    worker = _WORKER_OF[ending]
    _require_kind(body, worker, name)
    header = {"markdown": ending == ".md", "max_pages": MAX_PAGES, "max_characters": MAX_CHARACTERS}
    return read_in_child(f"{_WORKERS}.{worker}", header, body, limits=limits, result=ParsedDocument)


def _list_of_types() -> str:
    endings = list(DOCUMENT_TYPES.values())
    return f"{', '.join(endings[:-1])} or {endings[-1]}"


def _require_kind(body: bytes, worker: str, name: str) -> None:
    """That the first bytes are those of the type announced."""
    if worker == "docx" and body.startswith(_OLE):
        if _ENCRYPTED in body:
            raise PermanentError("it is protected by a password: remove the password and upload it again")
        raise PermanentError("it is in Word's old format (.doc): save it as .docx and upload that")
    found, called = _kind(body)
    if found == worker:
        return
    wanted = _KINDS[worker]
    really = f" but {called}" if called else ""
    how = "upload it as what it is" if found in _KINDS else f"save it as {wanted} and upload that"
    raise PermanentError(f"{name[:100]} is not {wanted}{really}: {how}")


def _kind(body: bytes) -> tuple[str, str]:
    """The worker for such bytes (empty: none), and what to call them (empty: nothing known)."""
    for sign, worker, called in _SIGNS:
        if body.startswith(sign):
            return worker, called
    if _PDF_SIGN in body[:_PDF_SIGN_WITHIN]:
        return "pdf", _KINDS["pdf"]
    return "text", ""
