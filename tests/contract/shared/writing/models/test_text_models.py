"""One suite over the writers: the offline one, and OpenAI's SDK against llmock, a third-party stand-in for the API."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from llmock.scenarios import Fail, Reply
from llmock.testing import LLMockServer

from functions.shared.domain.facts import facts_of
from functions.shared.domain.network import Network
from functions.shared.kernel.errors import PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.writing.briefs import PageBrief, PageDraft, PostBrief, PostDraft
from functions.shared.writing.models.openai.model import OpenAiModel
from functions.shared.writing.models.port import ImageModel, ImageRequest, TextModel, TextRequest, TextResponse
from functions.shared.writing.offline.model import OfflineModel
from functions.shared.writing.offline.page import write_page
from tests.support.clock import ManualClock
from tests.support.page_services import page_services, published, ran
from tests.support.standins.markets import a_market, odd_markets
from tests.support.standins.openai_service import FixedKey

_PAGE = PageBrief(event=a_market(7, outcomes=5), facts=facts_of(a_market(7, outcomes=5)))
_POST = PostBrief(network=Network.LINKEDIN, topic="remote work", max_length=3000, seed="1")


@pytest.fixture(scope="module")
def stand_in() -> Iterator[LLMockServer]:
    with LLMockServer() as server:
        yield server


@dataclass
class Subject:
    """A writer, and how to have it answer with a given text next (which the offline one has no need of)."""

    model: TextModel
    answer_with: Callable[[str], None] = field(default=lambda text: None)


@pytest.fixture(params=["offline", "openai"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "offline":
        return Subject(OfflineModel())
    server: LLMockServer = request.getfixturevalue("stand_in")
    return Subject(request.getfixturevalue("openai_model"), lambda text: server.state.scenarios.add(Reply(text=text)))


@pytest.fixture
def openai_model(stand_in: LLMockServer, clock: ManualClock) -> Iterator[OpenAiModel]:
    stand_in.state.reset()
    model = OpenAiModel(
        key=FixedKey(),
        base_url=stand_in.base_url(),
        text_model="gpt-4o-mini",
        image_model="gpt-image-1",
        seconds=10,
        clock=clock,
    )
    yield model
    model.close()


def _post(model: TextModel, check: Callable[[PostDraft], list[str]] | None = None) -> TextResponse[PostDraft]:
    return model.generate_text(TextRequest("Write a post.", brief=_POST, draft=PostDraft, check=check))


def test_a_post_is_written(subject: Subject) -> None:
    response = _post(subject.model)
    assert response.success
    assert response.error is None
    assert response.require().text
    assert response.written_by.model


def test_a_page_is_written(subject: Subject) -> None:
    subject.answer_with(write_page(_PAGE, seed="1").model_dump_json())
    response = subject.model.generate_text(TextRequest("Write a page.", brief=_PAGE, draft=PageDraft))
    assert response.require().body_html.count("<h2>") > 2


def test_a_draft_that_fails_the_check_is_written_once_more(subject: Subject) -> None:
    drafts: list[PostDraft] = []

    def check(draft: PostDraft) -> list[str]:
        drafts.append(draft)
        return ["say it differently"] if len(drafts) == 1 else []

    assert _post(subject.model, check=check).require() == drafts[1]
    assert len(drafts) == 2


def test_a_draft_that_fails_the_check_again_is_a_permanent_error(subject: Subject) -> None:
    response = _post(subject.model, check=lambda draft: ["it will not do"])
    assert not response.success
    assert isinstance(response.error, PermanentError)
    assert "it will not do" in response.error.reason


def test_a_market_at_the_edge_is_written_about(subject: Subject) -> None:
    for event in odd_markets():
        brief = PageBrief(event=event, facts=facts_of(event))
        subject.answer_with(write_page(brief, seed="1").model_dump_json())
        assert subject.model.generate_text(TextRequest("Write a page.", brief=brief, draft=PageDraft)).success


def test_a_services_filler_still_becomes_a_page_kept_out_of_search(
    openai_model: OpenAiModel, stand_in: LLMockServer, clock: ManualClock
) -> None:
    """Unscripted, llmock fills every field of the schema with `mock-` and its name: valid, and thin."""
    services = page_services(clock, text_model=openai_model, image_model=openai_model)
    job = ran(services, {"event": a_market(7, outcomes=5).model_dump(mode="json")})
    (page,) = services.pages("acme")
    assert job.status is JobStatus.COMPLETED
    assert job.result is not None
    assert (job.result["indexable"], job.result["not_indexed_because"]) == (False, "thin text")
    assert page.body_html == "<p>mock-body_html</p>"
    html = published(services, page.object_key)
    assert 'content="noindex, follow"' in html
    assert "Sample data" not in html
    assert page.slug not in published(services, "acme/sitemap.xml")
    drafts = [record.body for record in stand_in.state.journal.records(wait=3) if "messages" in record.body]
    assert len(drafts) == 2
    assert "at least 400 characters" in json.dumps(drafts[1])


def test_tokens_are_counted_over_both_attempts(openai_model: OpenAiModel, stand_in: LLMockServer) -> None:
    one = _post(openai_model).usage
    stand_in.state.scenarios.add(Reply(text="not JSON"))
    both = _post(openai_model).usage
    assert both.input_tokens > one.input_tokens > 0
    assert both.output_tokens > 0


def test_truncated_output_is_repaired_once(openai_model: OpenAiModel, stand_in: LLMockServer) -> None:
    stand_in.state.scenarios.add(Reply(text='{"text": "Half a', finish_reason="length"))
    assert _post(openai_model).success
    bodies = [record.body for record in stand_in.state.journal.records(wait=2)]
    assert "cut off" in json.dumps(bodies[-1])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fail(429, retry_after=30), RateLimited),
        (Fail(429, code="insufficient_quota"), PermanentError),
        (Fail(500), TransientError),
        (Fail(503), TransientError),
        (Fail(400, code="context_length_exceeded"), PermanentError),
        (Fail(401), PermanentError),
        (Fail(404), PermanentError),
        (Reply(text="", finish_reason="content_filter"), PermanentError),
    ],
    ids=repr,
)
def test_a_fault_is_classified_and_left_to_the_queue(
    fault: Fail | Reply, error: type[Exception], openai_model: OpenAiModel, stand_in: LLMockServer
) -> None:
    stand_in.state.scenarios.add(fault)
    response = _post(openai_model)
    assert isinstance(response.error, error)
    assert len(stand_in.state.journal.records(wait=2)) == 1


def test_a_service_that_is_not_there_is_transient(clock: ManualClock) -> None:
    model = OpenAiModel(
        key=FixedKey(), base_url="http://127.0.0.1:1/v1", text_model="any", image_model="any", clock=clock
    )
    assert isinstance(_post(model).error, TransientError)
    model.close()


def test_a_picture_given_as_an_address_is_refused(openai_model: ImageModel) -> None:
    response = openai_model.generate_image(ImageRequest("A cup of tea", brief=_POST))
    assert isinstance(response.error, PermanentError)
    assert "OPENAI_IMAGE_MODEL" in response.error.reason
