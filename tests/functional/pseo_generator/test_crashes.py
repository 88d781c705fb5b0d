"""A page job that dies at any of its calls is finished by its next run."""

from dataclasses import dataclass
from typing import Any

import pytest

from functions.pseo_generator.markets.sample import Sample
from functions.pseo_generator.services import Services
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.writing.models.port import Draft, TextRequest, TextResponse
from functions.shared.writing.offline.model import OfflineModel
from tests.support.clock import ManualClock
from tests.support.page_services import a_job, page_services, published, ran, run_job, sent

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


def _mortal(services: Services, budget: Budget) -> Services:
    return Services(
        source=services.source,
        text_model=Mortal(services.text_model, budget),
        image_model=Mortal(services.image_model, budget),
        contents=Mortal(services.contents, budget),
        cards=Mortal(services.cards, budget),
        accounts=Mortal(services.accounts, budget),
        organisations=Mortal(services.organisations, budget),
        due=services.due,
        items=Mortal(services.items, budget),
        objects=Mortal(services.objects, budget),
        site=services.site,
        engine=services.engine,
    )


def _calls_of_a_run() -> int:
    budget = Budget(None, after=False)
    services = page_services(ManualClock())
    ran(_mortal(services, budget), payload())
    return budget.used


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after it took effect"])
@pytest.mark.parametrize("call", range(1, _calls_of_a_run() + 1))
def test_a_run_that_died_at_any_call_is_finished_by_the_next(call: int, after: bool, clock: ManualClock) -> None:
    services = page_services(clock)
    job = a_job(services, payload())
    with pytest.raises(Died):
        run_job(_mortal(services, Budget(call, after)), job)
    clock.advance(minutes=2)
    recovered = run_job(services, job)
    assert recovered.status is JobStatus.COMPLETED
    (page,) = services.pages("acme")
    assert page.title in published(services, page.object_key)
    assert f'href="{SLUG}.html"' in published(services, "acme/index.html")
    assert f"/{SLUG}.html" in published(services, "acme/feed.xml")
    assert len(sent(services, "social")) == 1


def test_a_repeated_run_does_not_ask_the_model_again(clock: ManualClock) -> None:
    writer = Counting()
    services = page_services(clock, text_model=writer)
    job = a_job(services, payload())
    with pytest.raises(Died):
        run_job(_mortal(services, Budget(_calls_of_a_run(), after=False)), job)
    clock.advance(minutes=2)
    run_job(services, job)
    assert writer.asked == 1
