"""What callers send and get about context items and documents."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictInt, WithJsonSchema, computed_field

from functions.api.masked import ShownLink
from functions.api.models import Request, Time, View
from functions.shared.domain.context.documents.rules import DOCUMENT_TYPES, MAX_DOCUMENT_BYTES
from functions.shared.domain.context.model import DocumentState
from functions.shared.kernel.messages import Line

EXCERPT_CHARACTERS = 300
MOST_DELETED = 100


def _readable(media_type: str) -> str:
    if media_type not in DOCUMENT_TYPES:
        taken = ", ".join(f"`{name}` ({ending})" for name, ending in DOCUMENT_TYPES.items())
        raise ValueError(f"is not a type that is read; send one of {taken}")
    return media_type


MediaType = Annotated[str, AfterValidator(_readable), WithJsonSchema({"type": "string", "enum": list(DOCUMENT_TYPES)})]
"""A type of document that is read."""


class _ItemView(View):
    item_id: str
    origin: Literal["website", "feed", "document"]
    origin_id: str = Field(description="The source's or the document's id.")
    title: str
    url: ShownLink | None = Field(description="Where readers find it; null for documents.")
    author: str | None
    published_at: Time | None = Field(description="As the source has it.")
    first_seen_at: Time
    changed_at: Time = Field(description="When its text was last seen to be another one.")
    job_id: str = Field(description="The job that read it.")
    part: int = Field(description="Which part of a long document it is, from 1.")
    parts: int


class ItemSummary(_ItemView):
    """A context item in a list, with the beginning of its text."""

    text: str = Field(exclude=True)

    @computed_field(description=f"The first {EXCERPT_CHARACTERS} characters of its text.")  # type: ignore[prop-decorator]
    @property
    def excerpt(self) -> str:
        """How it begins."""
        return self.text[:EXCERPT_CHARACTERS]

    @computed_field(description="How long its text is.")  # type: ignore[prop-decorator]
    @property
    def characters(self) -> int:
        """The length of the whole text."""
        return len(self.text)


class ItemView(_ItemView):
    """A context item with its whole text."""

    text: str


class ItemList(View):
    """A page of context items, newest first."""

    items: list[ItemSummary]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")


class ItemsDeleted(View):
    """What a call that deletes many items has done."""

    deleted: int = Field(description=f"Items deleted by this call, at most {MOST_DELETED}.")
    is_done: bool = Field(description="Whether none is left; otherwise repeat the call.")


class DocumentRequest(Request):
    """A file to upload and read."""

    name: Line = Field(max_length=200, description="The file's name.", examples=["brand-book.pdf"])
    media_type: MediaType = Field(description="What the file is.")
    size: StrictInt = Field(ge=1, le=MAX_DOCUMENT_BYTES, description="Its exact size in bytes, at most 20 MiB.")


class UploadView(View):
    """The request that uploads the file. Whoever has it may send it, so keep it to yourself."""

    method: Literal["PUT"]
    url: str
    headers: dict[str, str] = Field(description="Send these; the file's length must be the one announced.")
    expires_at: Time


class DocumentCreated(View):
    """Where to put the file, and what to call then."""

    document_id: str
    upload: UploadView
    process_url: str = Field(description="POST here once the file is uploaded.")


class DocumentView(View):
    """A document and what became of it."""

    document_id: str
    name: str
    media_type: str
    size: int = Field(description="Bytes, as announced.")
    state: DocumentState = Field(
        description="`awaiting_upload` until it is processed, `ready` once its text is among the context items."
    )
    error: str | None = Field(description="Why it could not be read, and what to do about it.")
    items: int = Field(description="Context items it became.")
    characters: int = Field(description="Length of its text.")
    job_id: str | None = Field(description="The job that reads it.")
    created_at: Time
    updated_at: Time


class DocumentList(View):
    """A page of documents, oldest first."""

    items: list[DocumentView]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end.")
