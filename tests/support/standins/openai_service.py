"""An OpenAI-compatible service behind a mock transport: it answers from a list and remembers what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from pydantic import BaseModel

from functions.shared.kernel.circuits.breaker import Guard, Unguarded
from functions.shared.writing.models.openai.model import OpenAiModel
from tests.support.clock import ManualClock

Answer = httpx2.Response | Exception


class Tea(BaseModel):
    """What the tests have written: small, with a rule of its own."""

    name: str
    minutes: int


class NoBrief(BaseModel):
    """A brief that a language model does not need."""


@dataclass
class FixedKey:
    """Implements KeySource: `later` is the key found on renewal, if any."""

    key: str = "sk-secret-key"
    later: str | None = None
    renewals: int = 0

    def current(self) -> str:
        return self.key

    def renew(self) -> bool:
        self.renewals += 1
        changed = self.later is not None and self.later != self.key
        self.key = self.later or self.key
        return changed


@dataclass
class Service:
    """Gives its `answers` in turn."""

    answers: list[Answer]
    requests: list[httpx2.Request] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]


@contextmanager
def model_of(
    service: Service,
    *,
    key: FixedKey | None = None,
    clock: ManualClock | None = None,
    circuit: Guard | None = None,
) -> Iterator[OpenAiModel]:
    """An OpenAiModel that talks to the service."""
    model = OpenAiModel(
        key=key or FixedKey(),
        base_url="https://models.example/v1",
        text_model="small-model",
        image_model="image-model",
        clock=clock or ManualClock(),
        transport=lambda: httpx2.MockTransport(service),
        circuit=circuit or Unguarded(),
    )
    try:
        yield model
    finally:
        model.close()


def completion(text: str | None, *, reason: str = "stop", refusal: str | None = None) -> httpx2.Response:
    """A chat completion that took 100 and 20 tokens."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "small-model-2026-03-17",
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }
    return httpx2.Response(200, json=body)


def pictures(encoded: str | None) -> httpx2.Response:
    """An answer to an image request that took 50 and 1000 tokens."""
    body = {"created": 1, "data": [{"b64_json": encoded}], "usage": {"input_tokens": 50, "output_tokens": 1000}}
    return httpx2.Response(200, json=body)


def refusal(status: int, *, code: str | None = None, message: str = "No.", **headers: str) -> httpx2.Response:
    """An error answer as OpenAI words it; header names with underscores for hyphens."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json={"error": error}, headers=named)
