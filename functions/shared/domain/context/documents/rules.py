"""Which documents may be uploaded, and what the parts of one are called."""

from collections.abc import Mapping
from datetime import timedelta

from functions.shared.domain.context.model import Document
from functions.shared.kernel.clock import derived_id

DOCUMENT_TYPES: Mapping[str, str] = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "text/plain": ".txt",
    "text/markdown": ".md",
}
"""Media type -> how the file's name ends."""

MAX_DOCUMENT_BYTES = 20 * 1024 * 1024
"""20 MiB: as announced before the upload, as signed into it, and as read."""


INCOMING = ".incoming/"
"""How the keys of files begin that were uploaded and not read: they expire there. No organisation's id has a dot."""


def incoming_key(org_id: str, document_id: str, media_type: str) -> str:
    """Where a document's file is uploaded to."""
    return f"{INCOMING}{org_id}/{document_id}{DOCUMENT_TYPES[media_type]}"


def kept_key(key: str) -> str:
    """Where a file is kept once it was read, by the key it was uploaded to; that key itself when it was kept before."""
    return key.removeprefix(INCOMING)


def part_id(document: Document, part: int) -> str:
    """The item that holds this part, from 1, whenever the document is read.

    The first part is the newest, so that a list of the newest reads in the document's order.
    """
    at = document.created_at - timedelta(milliseconds=part - 1)
    return derived_id(at, "document", document.org_id, document.document_id, str(part))
