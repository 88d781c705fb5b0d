"""Which documents may be uploaded."""

from collections.abc import Mapping

DOCUMENT_TYPES: Mapping[str, str] = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "text/plain": ".txt",
    "text/markdown": ".md",
}
"""Media type -> how the file's name ends."""

MAX_DOCUMENT_BYTES = 20 * 1024 * 1024
"""20 MiB: as announced before the upload, as signed into it, and as read."""
