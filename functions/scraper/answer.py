"""What is taken of an answer: its status, its type, and no more of its body than is wanted."""

import codecs
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import Message

import httpx2

from functions.scraper import freshness
from functions.shared.domain.context.documents.rules import DOCUMENT_TYPES
from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError

CODINGS = ("gzip", "deflate")
"""How a body may be packed: what the standard library unpacks piece by piece, and only one of them at a time.

Two in a row would multiply, and what lies between them is held in memory without an end.
"""

NOT_MODIFIED = 304
_TRY_LATER = (408, 425, 429)
_BUSY = (429, 503)
_WORDS = {
    401: "it wants to know who asks",
    402: "it wants to be paid",
    403: "it does not let this program read it",
    404: "there is no such page; check the address",
    407: "it wants to know who asks",
    410: "the page is gone for good",
    451: "it may not be shown for legal reasons",
}
_FEED, _DOCUMENT = "add it as a feed", "upload it as a document"
_INSTEAD = {
    "application/rss+xml": _FEED,
    "application/atom+xml": _FEED,
    "application/rdf+xml": _FEED,
    "application/xml": f"if it is a feed, {_FEED}",
    "text/xml": f"if it is a feed, {_FEED}",
    "application/feed+json": "give the address of its RSS or Atom feed",
    "application/json": "give the address of its RSS or Atom feed",
    **dict.fromkeys(DOCUMENT_TYPES, _DOCUMENT),
}
_CHECK = "check that the address is the right one"
_MOST_VALIDATOR_CHARACTERS = 512
_MOST_TYPE_CHARACTERS = 256
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")  # RFC 6838, section 4.2
# Codecs that are not encodings of pages: slow, stateful, or different on each machine.
_NOT_FOR_PAGES = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7", "mbcs", "oem")


class AnswerRefused(PermanentError):
    """A final answer that brings nothing; `status` is its HTTP status."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


def require_usable(response: httpx2.Response, accept: Sequence[str], most_bytes: int, now: datetime) -> None:
    """Raise what the status and the headers alone are reason enough for, before anything of the body is read."""
    asked = response.request.headers
    if response.status_code == NOT_MODIFIED and ("if-none-match" in asked or "if-modified-since" in asked):
        return
    if not response.is_success:
        raise _failure(response, now)
    media_type, _ = content_type(response.headers)
    if media_type and not _is_accepted(media_type, accept):
        instead = _INSTEAD.get(media_type, _CHECK)
        raise PermanentError(f"it is of the type {media_type}, and not of {_listed(accept)}: {instead}")
    if _coding(response.headers) not in ("", "identity", *CODINGS):
        raise PermanentError("its body is packed in a way that was not asked for")
    length = response.headers.get("content-length", "")
    if length.isdigit() and int(length) > most_bytes:
        raise too_large(most_bytes)


def body_of(response: httpx2.Response, most_bytes: int) -> bytes:
    """The body, unpacked. PermanentError as soon as it is larger than `most_bytes`."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > most_bytes:
            raise too_large(most_bytes)
    return bytes(body)


def too_large(most_bytes: int) -> PermanentError:
    """The refusal of a body."""
    return PermanentError(f"it is larger than {most_bytes / 2**20:g} MiB")


def content_type(headers: Mapping[str, str]) -> tuple[str, str | None]:
    """Media type and charset of an answer.

    The type is empty when there is none, or none that could be one; the charset None when no page can be in it.
    """
    message = Message()
    message["content-type"] = headers.get("content-type", "")[:_MOST_TYPE_CHARACTERS]
    given = str(message["content-type"]).partition(";")[0].strip().lower()
    try:
        charset = message.get_param("charset")
    except (LookupError, TypeError, ValueError):  # its parts are numbered in a way that the library stumbles over
        charset = None
    known = charset if isinstance(charset, str) and _is_for_pages(charset) else None
    return given if _MEDIA_TYPE.fullmatch(given) else "", known and known.lower()


def validator(headers: Mapping[str, str], name: str) -> str | None:
    """An ETag or a date to send back. None when it is too long to keep, or not text that a header can hold."""
    value = headers.get(name, "")
    fits = 0 < len(value) <= _MOST_VALIDATOR_CHARACTERS and value.isascii() and value.isprintable()
    return value if fits else None


def _failure(response: httpx2.Response, now: datetime) -> FlywheelError:
    status = response.status_code
    at = freshness.retry_at(response.headers, now) if status in _BUSY else None
    if at is not None:
        return RateLimited(f"it answered {status} and asked to come back later", retry_at=at)
    if status in _TRY_LATER or response.is_server_error:
        return TransientError(f"it answered {status}")
    words = f": {_WORDS[status]}" if status in _WORDS else ""
    return AnswerRefused(f"it answered {status}{words}", status=status)


def _is_accepted(media_type: str, accept: Sequence[str]) -> bool:
    family = media_type.partition("/")[0]
    return any(_bare(each).lower() in (media_type, f"{family}/*", "*/*") for each in accept)


def _listed(accept: Sequence[str]) -> str:
    named = [_bare(each) for each in accept]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"


def _bare(media_range: str) -> str:
    """Without its weight: what is only wanted second is taken, too."""
    return media_range.partition(";")[0].strip()


def _coding(headers: Mapping[str, str]) -> str:
    return headers.get("content-encoding", "").strip().lower()


def _is_for_pages(charset: str) -> bool:
    try:
        bytes(4).decode(charset)
        return codecs.lookup(charset).name.replace("_", "-") not in _NOT_FOR_PAGES
    except (LookupError, UnicodeError, ValueError):
        return False
