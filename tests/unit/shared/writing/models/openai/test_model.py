"""The OpenAI adapter, through the real SDK, over a mock transport."""

import base64
from datetime import timedelta

import httpx2
import pytest

from functions.shared.domain.content.model import Usage
from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError
from functions.shared.writing.models.openai.deadline import DeadlineTransport
from functions.shared.writing.models.port import ImageRequest, TextRequest
from tests.support.clock import ManualClock
from tests.support.standins.openai_service import (
    FixedKey,
    NoBrief,
    Service,
    Tea,
    completion,
    model_of,
    pictures,
    refusal,
)

_GOOD = '{"name": "Assam", "minutes": 4}'
_REQUEST = TextRequest("Name a tea.", brief=NoBrief(), draft=Tea, system="You know tea.", max_tokens=300)
_IMAGE = ImageRequest("A cup of tea", brief=NoBrief())
_PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n...").decode()


def test_a_request_carries_prompt_limits_and_a_strict_schema() -> None:
    service = Service([completion(_GOOD)])
    with model_of(service) as model:
        response = model.generate_text(_REQUEST)
    assert response.require() == Tea(name="Assam", minutes=4)
    assert response.usage == Usage(input_tokens=100, output_tokens=20)
    assert (response.written_by.provider, response.written_by.model) == ("openai", "small-model-2026-03-17")
    body = service.bodies[0]
    assert body["messages"] == [
        {"role": "system", "content": "You know tea."},
        {"role": "user", "content": "Name a tea."},
    ]
    assert (body["model"], body["max_completion_tokens"]) == ("small-model", 300)
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["name", "minutes"]
    assert "temperature" not in body
    assert service.requests[0].headers["authorization"] == "Bearer sk-secret-key"


def test_a_temperature_is_sent_when_given() -> None:
    service = Service([completion(_GOOD)])
    with model_of(service) as model:
        model.generate_text(TextRequest("Name a tea.", brief=NoBrief(), draft=Tea, temperature=0.0))
    assert service.bodies[0]["temperature"] == 0.0


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (completion('{"name": "Ass', reason="length"), "cut off"),
        (completion(None), "empty"),
        (completion(""), "empty"),
        (completion('{"name": 3, "minutes": "x"}'), "name: Input should be a valid string"),
        (completion("Gladly! Here it comes."), "Invalid JSON"),
    ],
)
def test_an_unusable_answer_is_sent_back_once(first: httpx2.Response, told: str) -> None:
    service = Service([first, completion(_GOOD)])
    with model_of(service) as model:
        response = model.generate_text(_REQUEST)
    assert response.success
    assert response.usage == Usage(input_tokens=200, output_tokens=40)
    last = service.bodies[1]["messages"][-1]
    assert last["role"] == "user"
    assert told in last["content"]


def test_a_second_unusable_answer_is_permanent_and_costed() -> None:
    with model_of(Service([completion("{", reason="length"), completion("{", reason="length")])) as model:
        response = model.generate_text(_REQUEST)
    assert isinstance(response.error, PermanentError)
    assert "cut off" in response.error.reason
    assert response.usage == Usage(input_tokens=200, output_tokens=40)


@pytest.mark.parametrize(
    "answer",
    [completion(None, refusal="I cannot help with that."), completion("{", reason="content_filter")],
)
def test_a_refusal_is_permanent_without_a_second_attempt(answer: httpx2.Response) -> None:
    service = Service([answer])
    with model_of(service) as model:
        response = model.generate_text(_REQUEST)
    assert isinstance(response.error, PermanentError)
    assert len(service.requests) == 1
    assert response.usage == Usage(input_tokens=100, output_tokens=20)


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.ConnectError("refused"),
        httpx2.ConnectTimeout("slow"),
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("reset"),
        httpx2.Response(200, text='{"choices": [{"mess', headers={"content-type": "application/json"}),
        httpx2.Response(200, text="<html>Bad gateway</html>", headers={"content-type": "text/html"}),
        httpx2.Response(200, json={"error": {"message": "overloaded"}}),
        httpx2.Response(200, json={"choices": []}),
        httpx2.Response(200, json=[1, 2]),
        httpx2.Response(502, text="<html>Bad gateway</html>"),
        refusal(500),
        refusal(503, retry_after="2"),
        refusal(429),
    ],
)
def test_what_may_pass_is_transient_and_not_repeated_here(answer: httpx2.Response | Exception) -> None:
    service = Service([answer])
    with model_of(service) as model:
        response = model.generate_text(_REQUEST)
    assert isinstance(response.error, TransientError)
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refused_request_is_permanent_and_hides_the_key(status: int) -> None:
    service = Service([refusal(status, message="Incorrect API key provided: sk-secret-key.")])
    with model_of(service) as model:
        response = model.generate_text(_REQUEST)
    assert isinstance(response.error, PermanentError)
    assert "secret-key" not in response.error.reason
    assert len(service.requests) == 1


def test_a_rate_limit_tells_when_to_come_back(clock: ManualClock) -> None:
    with model_of(Service([refusal(429, Retry_After="30")]), clock=clock) as model:
        response = model.generate_text(_REQUEST)
    assert isinstance(response.error, RateLimited)
    assert response.error.retry_at == clock() + timedelta(seconds=30)


def test_a_spent_quota_is_permanent() -> None:
    with model_of(Service([refusal(429, code="insufficient_quota", retry_after="30")])) as model:
        response = model.generate_text(_REQUEST)
    assert isinstance(response.error, PermanentError)
    assert "billing" in response.error.reason


def test_a_key_that_was_replaced_in_the_meantime_is_read_again_and_used() -> None:
    service, key = Service([refusal(401), completion(_GOOD), completion(_GOOD)]), FixedKey(later="sk-new-key")
    with model_of(service, key=key) as model:
        assert model.generate_text(_REQUEST).success
        assert model.generate_text(_REQUEST).success
    sent = [request.headers["authorization"] for request in service.requests]
    assert sent == ["Bearer sk-secret-key", "Bearer sk-new-key", "Bearer sk-new-key"]
    assert key.renewals == 1


def test_a_missing_key_is_an_error_of_the_response() -> None:
    class NoKey(FixedKey):
        def current(self) -> str:
            raise PermanentError("the secret holds no key")

    with model_of(Service([]), key=NoKey()) as model:
        assert model.generate_text(_REQUEST).error is not None
        assert model.generate_image(_IMAGE).error is not None


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
    ],
)
def test_a_picture_is_known_by_its_bytes(start: bytes, media_type: str) -> None:
    with model_of(Service([pictures(base64.b64encode(start + b"...").decode())])) as model:
        response = model.generate_image(_IMAGE)
    assert response.require().media_type == media_type
    assert response.require().data == start + b"..."
    assert response.usage == Usage(input_tokens=50, output_tokens=1000)


@pytest.mark.parametrize(
    ("width", "height", "size"), [(1200, 630, "1536x1024"), (600, 900, "1024x1536"), (9, 9, "1024x1024")]
)
def test_a_picture_has_the_nearest_standard_size(width: int, height: int, size: str) -> None:
    service = Service([pictures(_PNG)])
    with model_of(service) as model:
        model.generate_image(ImageRequest("A cup of tea", brief=NoBrief(), width=width, height=height))
    assert service.bodies[0] == {"model": "image-model", "prompt": "A cup of tea", "size": size}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (pictures(None), PermanentError),
        (pictures(base64.b64encode(b"GIF89a").decode()), PermanentError),
        (pictures("not base64!"), TransientError),
        (httpx2.Response(200, json={"data": []}), TransientError),
        (refusal(500), TransientError),
        (refusal(400, code="moderation_blocked"), PermanentError),
    ],
)
def test_an_unusable_picture_is_an_error_with_its_cost(answer: httpx2.Response, error: type[FlywheelError]) -> None:
    with model_of(Service([answer])) as model:
        response = model.generate_image(_IMAGE)
    assert isinstance(response.error, error)
    assert response.usage.output_tokens == (1000 if "b64_json" in answer.text else 0)


def test_an_answer_that_drips_is_ended_at_the_deadline() -> None:
    """A read timeout never strikes while a byte comes now and then."""
    now = [0.0]

    class Drip(httpx2.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            while True:
                now[0] += 10
                yield b" "

    transport = DeadlineTransport(
        httpx2.MockTransport(lambda request: httpx2.Response(200, stream=Drip())), 30, monotonic=lambda: now[0]
    )
    with httpx2.Client(transport=transport) as client, pytest.raises(httpx2.ReadTimeout):
        client.get("https://models.example/")
    assert now[0] == 40
