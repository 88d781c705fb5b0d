"""Reads what an OpenAI-compatible service answered, trusting nothing of its shape."""

import base64
from dataclasses import dataclass, field

from pydantic import BaseModel, Field, ValidationError

from functions.shared.domain.content.model import Usage
from functions.shared.kernel.errors import FlywheelError, PermanentError, TransientError
from functions.shared.writing.models.port import Image
from functions.shared.writing.models.write_draft import Answer


@dataclass(frozen=True, slots=True)
class PictureAnswer:
    """A picture or why there is none, and what it took either way."""

    image: Image | None = None
    usage: Usage = field(default_factory=Usage)
    error: FlywheelError | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _TextUsage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    model: str | None = None
    usage: _TextUsage | None = None


class _Picture(BaseModel):
    b64_json: str | None = None


class _ImageUsage(BaseModel):
    input_tokens: int = 0
    output_tokens: int = 0


class _Pictures(BaseModel):
    data: list[_Picture] = Field(min_length=1)
    usage: _ImageUsage | None = None


def read_completion(body: str) -> Answer:
    """A chat completion's first choice, whatever its reason to end."""
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        return Answer(error=_partial("is no chat completion"))
    choice, used = completion.choices[0], completion.usage or _TextUsage()
    usage = Usage(input_tokens=used.prompt_tokens, output_tokens=used.completion_tokens)
    error = defect = None
    if choice.message.refusal:
        error = PermanentError(f"the model refused: {choice.message.refusal[:300]}")
    elif choice.finish_reason == "content_filter":
        error = PermanentError("the model service's content filter withheld the answer")
    elif choice.finish_reason == "length":
        defect = "it was cut off before its end; write less, and close every JSON string and bracket"
    return Answer(choice.message.content or "", usage, completion.model, defect=defect, error=error)


def read_pictures(body: str) -> PictureAnswer:
    """The first picture, which must come as base64: an address would expire."""
    try:
        pictures = _Pictures.model_validate_json(body)
    except ValidationError:
        return PictureAnswer(error=_partial("holds no picture"))
    used = pictures.usage or _ImageUsage()
    usage = Usage(input_tokens=used.input_tokens, output_tokens=used.output_tokens)
    try:
        return PictureAnswer(_picture(pictures.data[0].b64_json or ""), usage)
    except FlywheelError as error:
        return PictureAnswer(usage=usage, error=error)


def _picture(encoded: str) -> Image:
    if not encoded:
        raise PermanentError("the model service gave no picture as base64: set OPENAI_IMAGE_MODEL to a GPT image model")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise _partial("is no picture in base64") from None
    return Image(data=data, media_type=_media_type(data))


def _media_type(data: bytes) -> str:
    """The picture's media type by its first bytes, whatever the service calls it."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise PermanentError("the model service's picture is neither PNG nor JPEG nor WebP")


def _partial(what: str) -> TransientError:
    return TransientError(f"the model service's answer {what}, or is only a part of one")
