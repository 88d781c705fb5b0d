"""What every provider's answer goes through."""

import pytest
from pydantic import BaseModel, Field

from functions.shared.domain.content.model import Usage
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.writing.models.port import TextRequest, TextResponse
from functions.shared.writing.models.write_draft import Answer, Rejected, write_draft

_GOOD = '{"name": "Assam", "minutes": 4}'


class Tea(BaseModel):
    name: str = Field(min_length=3)
    minutes: int


class Provider:
    """Gives its answers in turn and remembers what was rejected."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Rejected | None] = []

    def __call__(self, rejected: Rejected | None) -> Answer:
        self.asked.append(rejected)
        return self.answers.pop(0)


def _answer(text: str, **fields: str) -> Answer:
    return Answer(text, Usage(input_tokens=10, output_tokens=5), **fields)  # type: ignore[arg-type]


def _written(provider: Provider, request: TextRequest[Tea] | None = None) -> TextResponse[Tea]:
    request = request or TextRequest("Name a tea.", brief=Tea(name="any", minutes=1), draft=Tea)
    return write_draft(request, provider, provider="some", model="asked-for")


def test_a_fitting_answer_is_taken_at_once() -> None:
    provider = Provider(_answer(_GOOD, model="answered-with"))
    response = _written(provider)
    assert response.require() == Tea(name="Assam", minutes=4)
    assert provider.asked == [None]
    assert response.written_by.model == "answered-with"
    assert response.usage == Usage(input_tokens=10, output_tokens=5)


def test_json_in_a_markdown_fence_is_read() -> None:
    assert _written(Provider(_answer(f"```json\n{_GOOD}\n```"))).success


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        (_answer('{"name": "Assam"'), "Invalid JSON"),
        (_answer('{"name": "Assam"}'), "minutes: Field required"),
        (_answer('{"name": "A", "minutes": 4}'), "name: String should have at least 3 characters"),
        (_answer("  "), "empty"),
        (_answer("{", defect="it was cut off"), "it was cut off"),
    ],
)
def test_an_unusable_answer_is_repaired_once_with_what_was_wrong(first: Answer, complaint: str) -> None:
    provider = Provider(first, _answer(_GOOD))
    response = _written(provider)
    assert response.success
    assert provider.asked[1] is not None
    assert complaint in provider.asked[1].complaint
    assert provider.asked[1].text == first.text
    assert response.usage == Usage(input_tokens=20, output_tokens=10)


def test_a_second_unusable_answer_is_permanent_and_its_cost_is_told() -> None:
    response = _written(Provider(_answer("{}"), _answer('{"name": "Assam"}')))
    assert isinstance(response.error, PermanentError)
    assert "minutes: Field required" in response.error.reason
    assert response.usage == Usage(input_tokens=20, output_tokens=10)
    with pytest.raises(PermanentError):
        response.require()


def test_what_the_model_wrote_is_not_repeated_in_the_error() -> None:
    response = _written(Provider(_answer("{}"), _answer('{"name": "a long private text", "minutes": "none"}')))
    assert "private" not in str(response.error)


def test_the_callers_check_asks_for_the_one_repair() -> None:
    request = TextRequest(
        "Name a tea.",
        brief=Tea(name="any", minutes=1),
        draft=Tea,
        check=lambda tea: ["9 minutes is too long"] if tea.minutes > 8 else [],
    )
    provider = Provider(_answer('{"name": "Assam", "minutes": 9}'), _answer(_GOOD))
    assert _written(provider, request).require().minutes == 4
    assert provider.asked[1] == Rejected('{"name": "Assam", "minutes": 9}', ("9 minutes is too long",))


def test_problems_left_after_the_repair_are_named() -> None:
    request = TextRequest("Name a tea.", brief=Tea(name="any", minutes=1), draft=Tea, check=lambda tea: ["too dull"])
    response = _written(Provider(_answer(_GOOD), _answer(_GOOD)), request)
    assert isinstance(response.error, PermanentError)
    assert "too dull" in response.error.reason


def test_an_error_is_passed_on_without_a_repair() -> None:
    provider = Provider(Answer(usage=Usage(input_tokens=7), error=TransientError("down")))
    response = _written(provider)
    assert isinstance(response.error, TransientError)
    assert provider.asked == [None]
    assert response.usage.input_tokens == 7


def test_an_error_during_the_repair_keeps_the_first_answers_cost() -> None:
    response = _written(Provider(_answer("{}"), Answer(error=TransientError("down"))))
    assert isinstance(response.error, TransientError)
    assert response.usage == Usage(input_tokens=10, output_tokens=5)


def _wishing(*, check: bool = False) -> TextRequest[Tea]:
    """A request for tea that should steep at least 3 minutes, and with `check` must not steep over 8."""
    return TextRequest(
        "Name a tea.",
        brief=Tea(name="any", minutes=1),
        draft=Tea,
        check=(lambda tea: ["9 minutes is too long"] if tea.minutes > 8 else []) if check else None,
        wishes=lambda tea: [f"should steep {least} minutes" for least in (2, 3) if tea.minutes < least],
    )


def _tea(minutes: int, **fields: str) -> Answer:
    return _answer(f'{{"name": "Assam", "minutes": {minutes}}}', **fields)


def test_a_draft_without_a_wish_left_is_taken_at_once() -> None:
    provider = Provider(_tea(4))
    assert _written(provider, _wishing()).success
    assert len(provider.asked) == 1


def test_a_wish_is_asked_for_once_and_granted() -> None:
    provider = Provider(_tea(2), _tea(5))
    response = _written(provider, _wishing())
    assert response.require().minutes == 5
    assert provider.asked[1] is not None
    assert "- should steep 3 minutes" in provider.asked[1].complaint
    assert response.usage == Usage(input_tokens=20, output_tokens=10)


def test_a_wish_is_not_insisted_on() -> None:
    assert _written(Provider(_tea(1), _tea(1)), _wishing()).require().minutes == 1


@pytest.mark.parametrize(
    "worse",
    [
        _answer("not JSON"),
        _answer('{"name": "Assam"}'),
        _answer("{", defect="it was cut off"),
        _tea(9),
        _tea(1),
        Answer(usage=Usage(input_tokens=10, output_tokens=5), error=TransientError("down")),
    ],
    ids=["no JSON", "off the schema", "cut off", "fails the check", "leaves more to wish for", "an error"],
)
def test_a_repair_that_makes_it_worse_leaves_the_first_answer(worse: Answer) -> None:
    response = _written(Provider(_tea(2, model="first"), worse), _wishing(check=True))
    assert response.require().minutes == 2
    assert response.written_by.model == "first"
    assert response.usage == Usage(input_tokens=20, output_tokens=10)


def test_problems_and_wishes_share_the_one_repair() -> None:
    request = _wishing()
    strict = TextRequest(
        "Name a tea.",
        brief=request.brief,
        draft=Tea,
        check=lambda tea: ["wrong"] * (tea.minutes == 0),
        wishes=request.wishes,
    )
    provider = Provider(_tea(0), _tea(1))
    assert _written(provider, strict).require().minutes == 1
    assert provider.asked[1] == Rejected(_tea(0).text, ("wrong",), ("should steep 2 minutes", "should steep 3 minutes"))
