"""The OpenAI API and everything that speaks like it: the only import of `openai`.

The SDK's defaults (ten minutes' patience, retries that sleep inside the call) do not suit a Lambda: time is
limited here, and the job engine repeats what may be repeated. Decision 0004.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import httpx2
import openai

from functions.shared.domain.content.model import WrittenBy
from functions.shared.kernel.circuits.breaker import Guard, Sign, Unguarded
from functions.shared.kernel.clock import Clock, utc_now
from functions.shared.kernel.errors import FlywheelError, PermanentError, TransientError
from functions.shared.writing.models.openai.answers import PictureAnswer, read_completion, read_pictures
from functions.shared.writing.models.openai.deadline import DeadlineTransport
from functions.shared.writing.models.openai.refusals import ErrorAnswer, KeyRefused, classify
from functions.shared.writing.models.openai.schema import strict_schema
from functions.shared.writing.models.port import Draft, ImageRequest, ImageResponse, TextRequest, TextResponse
from functions.shared.writing.models.write_draft import Answer, Rejected, write_draft

_PROVIDER = "openai"


class KeySource(Protocol):
    """Where the API key comes from."""

    def current(self) -> str:
        """The key to send; a FlywheelError when there is none."""

    def renew(self) -> bool:
        """Look for another key after this one was refused; true when there is one."""


@dataclass
class OpenAiModel:
    """Implements TextModel and ImageModel. `seconds` is how long one call may take in all."""

    key: KeySource
    base_url: str
    text_model: str
    image_model: str
    seconds: float = 90.0
    clock: Clock = utc_now
    transport: Callable[[], httpx2.BaseTransport] = httpx2.HTTPTransport
    circuit: Guard = field(default_factory=Unguarded)
    _client: openai.OpenAI = field(init=False, repr=False)

    def __post_init__(self) -> None:
        timeout = httpx2.Timeout(self.seconds, connect=5.0)
        self._client = openai.OpenAI(
            api_key=self.key.current,
            base_url=self.base_url,
            timeout=timeout,
            max_retries=0,
            http_client=httpx2.Client(transport=DeadlineTransport(self.transport(), self.seconds), timeout=timeout),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
        """Write one text; never raises for what the service answers."""
        return write_draft(request, partial(self._ask, request), provider=_PROVIDER, model=self.text_model)

    def generate_image(self, request: ImageRequest) -> ImageResponse:
        """Make one picture, in the standard size nearest to the shape asked for."""
        send = partial(
            self._client.images.with_raw_response.generate,
            model=self.image_model,
            prompt=request.prompt,
            size=_standard_size(request),
        )
        try:
            answer = read_pictures(self._body(send))
        except FlywheelError as error:
            answer = PictureAnswer(error=error)
        written_by = WrittenBy(provider=_PROVIDER, model=self.image_model, usage=answer.usage)
        return ImageResponse(content=answer.image, error=answer.error, written_by=written_by)

    def _ask(self, request: TextRequest[Draft], rejected: Rejected | None) -> Answer:
        try:
            return read_completion(self._completion(request, rejected))
        except FlywheelError as error:
            return Answer(error=error)

    def _completion(self, request: TextRequest[Draft], rejected: Rejected | None) -> str:
        create = partial(
            self._client.chat.completions.with_raw_response.create,
            model=self.text_model,
            messages=_messages(request, rejected),
            max_completion_tokens=request.max_tokens,
            temperature=openai.omit if request.temperature is None else request.temperature,
            response_format=_response_format(request),
        )
        return self._body(create)

    def _body(self, send: Callable[[], Any]) -> str:
        """The text of the answer; when the key is refused and the secret has a new one, of a further try with it."""
        try:
            return self._sent(send)
        except KeyRefused:
            if not self.key.renew():
                raise
        return self._sent(send)

    def _sent(self, send: Callable[[], Any]) -> str:
        try:
            with self.circuit.guard(_sign):
                return str(send().text)
        except openai.APIStatusError as error:
            raise _classified(error, self.clock) from None
        except openai.APITimeoutError:
            raise TransientError(f"the model service did not answer within {self.seconds:g} seconds") from None
        except openai.APIConnectionError as error:
            cause = type(error.__cause__ or error).__name__
            raise TransientError(f"the model service cannot be reached, or broke off: {cause}") from None
        except openai.OpenAIError as error:
            raise PermanentError(f"the OpenAI SDK gave up: {type(error).__name__}") from None


def _sign(error: Exception) -> Sign:
    """Only what the service does wrong counts against it; a missing key never reaches it."""
    if isinstance(error, openai.APIStatusError):
        return Sign.FAULT if error.status_code >= 500 else Sign.ANSWER
    return Sign.FAULT if isinstance(error, openai.APIConnectionError) else Sign.NOTHING


def _classified(error: openai.APIStatusError, clock: Clock) -> FlywheelError:
    said = error.body.get("message") if isinstance(error.body, dict) else error.body
    answer = ErrorAnswer(
        status=error.status_code,
        headers={name.lower(): value for name, value in error.response.headers.items()},
        code=error.code or "",
        type=str(error.type or ""),
        message=said if isinstance(said, str) else "",
    )
    return classify(answer, now=clock())


def _messages(request: TextRequest[Draft], rejected: Rejected | None) -> list[Any]:
    messages = [{"role": "system", "content": request.system}] if request.system else []
    messages.append({"role": "user", "content": request.prompt})
    if rejected is not None:
        if rejected.text:
            messages.append({"role": "assistant", "content": rejected.text})
        messages.append({"role": "user", "content": f"{rejected.complaint}\nAnswer again, whole, with this put right."})
    return messages


def _response_format(request: TextRequest[Draft]) -> Any:
    schema = strict_schema(request.draft)
    return {"type": "json_schema", "json_schema": {"name": request.draft.__name__, "schema": schema, "strict": True}}


def _standard_size(request: ImageRequest) -> Any:
    if request.width * 4 > request.height * 5:
        return "1536x1024"
    return "1024x1536" if request.height * 4 > request.width * 5 else "1024x1024"
