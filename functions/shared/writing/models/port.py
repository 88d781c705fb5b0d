"""The port to language and image models: what is asked, and what comes back.

A response carries the error rather than raising it, because a failed call has a cost too: whoever asked
records `usage` first and then takes the value with `require()`, which raises the error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from functions.shared.domain.content.model import Usage, WrittenBy
from functions.shared.kernel.errors import FlywheelError

Draft = TypeVar("Draft", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class TextRequest(Generic[Draft]):
    """A text to be written.

    `prompt` is what a language model is told. `brief` is the same as data, for writers that need no language
    model. `draft` is the schema of the answer. `temperature` of None leaves the model's default.
    `check` lists what is wrong with a draft that fits the schema, each as a sentence fit to tell the writer; a
    draft with problems is written once more, and an error if it still has some. `wishes` lists, in such sentences
    too, what a draft could do better: it is asked for once, as part of the same repair, and not insisted on.
    """

    prompt: str
    brief: BaseModel
    draft: type[Draft]
    system: str = ""
    temperature: float | None = None
    max_tokens: int = 4000
    check: Callable[[Draft], list[str]] | None = None
    wishes: Callable[[Draft], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class TextResponse(Generic[Draft]):
    """What became of a TextRequest: content when `success`, else the error that says what the queue does."""

    content: Draft | None
    error: FlywheelError | None
    written_by: WrittenBy

    @property
    def success(self) -> bool:
        """Whether there is content."""
        return self.content is not None

    @property
    def usage(self) -> Usage:
        """Tokens taken, also by a failed call where the service told."""
        return self.written_by.usage

    def require(self) -> Draft:
        """The content, or raise the error."""
        if self.content is None:
            raise self.error or AssertionError("a response without content carries an error")
        return self.content


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A picture to be made. `brief` is its subject as data, for a renderer that needs no image model."""

    prompt: str
    brief: BaseModel
    width: int = 1200
    height: int = 630


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: its bytes and media type, for example `image/svg+xml`."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class ImageResponse:
    """What became of an ImageRequest."""

    content: Image | None
    error: FlywheelError | None
    written_by: WrittenBy

    @property
    def success(self) -> bool:
        """Whether there is a picture."""
        return self.content is not None

    @property
    def usage(self) -> Usage:
        """Tokens taken."""
        return self.written_by.usage

    def require(self) -> Image:
        """The picture, or raise the error."""
        if self.content is None:
            raise self.error or AssertionError("a response without content carries an error")
        return self.content


class TextModel(Protocol):
    """Writes texts."""

    def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
        """Write one text; never raises for what the service answers."""


class ImageModel(Protocol):
    """Makes pictures."""

    def generate_image(self, request: ImageRequest) -> ImageResponse:
        """Make one picture; never raises for what the service answers."""
