"""A page job that dies at any of its calls is finished by its next run."""

from dataclasses import dataclass
from typing import Any

import pytest

from functions.pseo_generator.markets.sample import Sample
from functions.pseo_generator.press import Press
from functions.shared.ai.model import Draft, TextRequest, TextResponse
from functions.shared.ai.offline.model import OfflineModel
from functions.shared.jobs.model import JobStatus
from tests.clock import ManualClock
from tests.press import a_job, a_press, published, ran, run_job, sent

SLUG = "lakeland-curling-cup-2027"


def payload() -> dict[str, Any]:
    return {"event": Sample().by_slug(SLUG).model_dump(mode="json")}


@dataclass
class Counting:
    """The offline writer, counted."""

    asked: int = 0

    def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
        self.asked += 1
        return OfflineModel().generate_text(request)


class Died(BaseException):
    """The process is gone."""


class Mortal:
    """Passes calls on to `inner` until `calls` are left, then dies: before the call, or after it took effect."""

    def __init__(self, inner: object, budget: "Budget") -> None:
        self._inner = inner
        self._budget = budget

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._budget.spend(lambda: method(*args, **kwargs))

        return call


class Budget:
    def __init__(self, calls: int | None, after: bool) -> None:
        self.left, self.after, self.used = calls, after, 0

    def spend(self, call: Any) -> Any:
        self.used += 1
        last = self.left is not None and self.used == self.left
        if last and not self.after:
            raise Died
        result = call()
        if last:
            raise Died
        return result


def _mortal(press: Press, budget: Budget) -> Press:
    return Press(
        source=press.source,
        text_model=Mortal(press.text_model, budget),
        image_model=Mortal(press.image_model, budget),
        contents=Mortal(press.contents, budget),
        accounts=Mortal(press.accounts, budget),
        items=Mortal(press.items, budget),
        objects=Mortal(press.objects, budget),
        site=press.site,
        engine=press.engine,
    )


def _calls_of_a_run() -> int:
    budget = Budget(None, after=False)
    press = a_press(ManualClock())
    ran(_mortal(press, budget), payload())
    return budget.used


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after it took effect"])
@pytest.mark.parametrize("call", range(1, _calls_of_a_run() + 1))
def test_a_run_that_died_at_any_call_is_finished_by_the_next(call: int, after: bool, clock: ManualClock) -> None:
    press = a_press(clock)
    job = a_job(press, payload())
    with pytest.raises(Died):
        run_job(_mortal(press, Budget(call, after)), job)
    clock.advance(minutes=2)
    recovered = run_job(press, job)
    assert recovered.status is JobStatus.COMPLETED
    (page,) = press.pages("acme")
    assert page.title in published(press, page.object_key)
    assert f'href="{SLUG}.html"' in published(press, "acme/index.html")
    assert f"/{SLUG}.html" in published(press, "acme/feed.xml")
    assert len(sent(press, "social")) == 1


def test_a_repeated_run_does_not_ask_the_model_again(clock: ManualClock) -> None:
    writer = Counting()
    press = a_press(clock, text_model=writer)
    job = a_job(press, payload())
    with pytest.raises(Died):
        run_job(_mortal(press, Budget(_calls_of_a_run(), after=False)), job)
    clock.advance(minutes=2)
    run_job(press, job)
    assert writer.asked == 1
