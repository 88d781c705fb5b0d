"""What every provider's text goes through: it is validated, repaired at most once, and costed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic

from pydantic import ValidationError

from functions.shared.domain.content.model import Usage, WrittenBy
from functions.shared.kernel.errors import FlywheelError, PermanentError
from functions.shared.writing.models.port import Draft, TextRequest, TextResponse

_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
_MOST_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered, before it is judged.

    `defect` is what makes the text useless though another attempt may do better (it was cut off, say). `error` is
    why no further attempt is made (a refusal, an outage); then the text is ignored.
    """

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    model: str | None = None
    defect: str | None = None
    error: FlywheelError | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A first answer that will not do, or could do better, and why, for the provider to tell its model."""

    text: str
    problems: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()

    @property
    def complaint(self) -> str:
        """What the writer is told."""
        return "Your answer is not good enough yet:\n" + "\n".join(f"- {each}" for each in self.problems + self.wishes)


Ask = Callable[[Rejected | None], Answer]
"""Asks a provider: first with None, then, at most once, with its rejected answer. Raises nothing expected."""


@dataclass(frozen=True, slots=True)
class _Usable(Generic[Draft]):
    """A draft that fits the schema and passes the check, and what it leaves to be wished for."""

    draft: Draft
    wishes: tuple[str, ...]


_Judged = _Usable[Draft] | Rejected | FlywheelError


def write_draft(request: TextRequest[Draft], ask: Ask, *, provider: str, model: str) -> TextResponse[Draft]:
    """Have a draft written that fits the schema and passes the request's check, with at most one repair.

    A draft that only leaves something to be wished for is written once more, too, and is used after all if the second
    one is worse or cannot be had. The response's usage is the sum over both attempts, whatever came of them.
    """
    first = ask(None)
    judged = _judge(request, first)
    repair = _to_repair(first, judged)
    if repair is None:
        return _response(judged, first, first.usage, provider, model)
    second = ask(repair)
    repaired = _judge(request, second)
    usage = first.usage + second.usage
    if isinstance(judged, _Usable) and not _is_as_good(repaired, judged):
        return _response(judged, first, usage, provider, model)
    return _response(repaired, second, usage, provider, model)


def _to_repair(answer: Answer, judged: _Judged[Draft]) -> Rejected | None:
    if isinstance(judged, _Usable):
        return Rejected(answer.text, wishes=judged.wishes[:_MOST_PROBLEMS]) if judged.wishes else None
    return judged if isinstance(judged, Rejected) else None


def _is_as_good(repaired: _Judged[Draft], first: _Usable[Draft]) -> bool:
    return isinstance(repaired, _Usable) and len(repaired.wishes) <= len(first.wishes)


def _response(judged: _Judged[Draft], answer: Answer, usage: Usage, provider: str, model: str) -> TextResponse[Draft]:
    written_by = WrittenBy(provider=provider, model=answer.model or model, usage=usage)
    if isinstance(judged, _Usable):
        return TextResponse(content=judged.draft, error=None, written_by=written_by)
    error = _unusable(judged) if isinstance(judged, Rejected) else judged
    return TextResponse(content=None, error=error, written_by=written_by)


def _judge(request: TextRequest[Draft], answer: Answer) -> _Judged[Draft]:
    if answer.error is not None:
        return answer.error
    if answer.defect is not None:
        return Rejected(answer.text, (answer.defect,))
    if not answer.text.strip():
        return Rejected(answer.text, ("the answer is empty",))
    try:
        draft = request.draft.model_validate_json(_unfenced(answer.text))
    except ValidationError as error:
        return Rejected(answer.text, tuple(_sentences(error)))
    problems = request.check(draft) if request.check is not None else []
    wishes = request.wishes(draft) if request.wishes is not None else []
    if problems:
        return Rejected(answer.text, tuple(problems[:_MOST_PROBLEMS]), tuple(wishes[:_MOST_PROBLEMS]))
    return _Usable(draft, tuple(wishes))


def _unfenced(text: str) -> str:
    """The text without a Markdown fence: models that are not held to a schema like to put one around JSON."""
    fenced = _FENCE.match(text)
    return fenced.group(1) if fenced else text


def _sentences(error: ValidationError) -> list[str]:
    """The schema's complaints without what the model wrote, which may be long."""
    parts = error.errors(include_url=False, include_context=False, include_input=False)
    return [": ".join((".".join(map(str, part["loc"])) or "answer", part["msg"])) for part in parts[:_MOST_PROBLEMS]]


def _unusable(rejected: Rejected) -> PermanentError:
    return PermanentError(f"the model's answer cannot be used, also after one repair: {'; '.join(rejected.problems)}")
