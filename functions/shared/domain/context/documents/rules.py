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


def part_id(document: Document, part: int) -> str:
    """The item that holds this part, from 1, whenever the document is read.

    The first part is the newest, so that a list of the newest reads in the document's order.
    """
    at = document.created_at - timedelta(milliseconds=part - 1)
    return derived_id(at, "document", document.org_id, document.document_id, str(part))
