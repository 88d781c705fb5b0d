from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.shared.domain.context.documents.rules import part_id
from functions.shared.domain.context.model import DocumentState
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job, Priority
from tests.support.api_driver import Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.documents import announced, end, processed, stored
from tests.support.engines import memory_engine
from tests.support.sources import an_item


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def test_processing_is_a_job_at_high_priority_that_the_document_names(api: Driver) -> None:
    document_id = announced(api)
    answer = api("POST", f"/api/documents/{document_id}/process")
    job = api.jobs.jobs["acme", answer.json["job_id"]]
    assert (answer.status, answer.headers["Location"]) == (202, f"https://api.example/api/jobs/{job.job_id}")
    assert (job.type, job.payload, job.priority) == ("PROCESS_DOCUMENT", {"document_id": document_id}, Priority.HIGH)
    shown = api("GET", f"/api/documents/{document_id}").json
    assert (shown["state"], shown["job_id"]) == ("processing", job.job_id)


class QuickJobs(MemoryJobStore):
    """A worker that is done with a job in the moment it is admitted."""

    at_once: Callable[[Job], object] = print

    def admit(self, job: Job, **options: object) -> None:
        super().admit(job, **options)  # type: ignore[arg-type]
        self.at_once(job)


def test_what_a_quick_worker_wrote_is_not_overwritten(clock: ManualClock) -> None:
    store = QuickJobs()
    api = make_driver(clock, engine=replace(memory_engine(clock=clock), store=store))
    document_id = announced(api)
    store.at_once = lambda job: end(api, document_id, job, state=DocumentState.READY, items=3)
    processed(api, document_id)
    shown = api("GET", f"/api/documents/{document_id}").json
    assert (shown["state"], shown["items"]) == ("ready", 3)


def test_a_document_is_not_processed_twice_at_once(api: Driver) -> None:
    document_id = announced(api)
    job = processed(api, document_id)
    again = api("POST", f"/api/documents/{document_id}/process")
    assert (again.status, job.job_id in again.json["detail"]) == (409, True)
    assert len(api.jobs.jobs) == 1


def test_a_failed_document_can_be_processed_again_and_a_ready_one_not(api: Driver) -> None:
    document_id = announced(api)
    end(api, document_id, processed(api, document_id), state=DocumentState.FAILED, error="it is encrypted")
    assert api("GET", f"/api/documents/{document_id}").json["error"] == "it is encrypted"
    again = processed(api, document_id)
    assert api("GET", f"/api/documents/{document_id}").json["error"] is None
    end(api, document_id, again, state=DocumentState.READY, items=2, characters=30_000)
    shown = api("GET", f"/api/documents/{document_id}").json
    assert (shown["state"], shown["items"], shown["characters"]) == ("ready", 2, 30_000)
    assert api("POST", f"/api/documents/{document_id}/process").status == 409


def test_a_document_whose_job_was_cancelled_or_lost_says_so_and_can_be_processed_again(
    api: Driver, clock: ManualClock
) -> None:
    document_id = announced(api)
    job = processed(api, document_id)
    api.jobs.jobs["acme", job.job_id] = transitions.failed(job, now=clock(), reason="its worker was lost three times")
    shown = api("GET", f"/api/documents/{document_id}").json
    assert (shown["state"], shown["error"]) == ("failed", "its worker was lost three times")
    job = processed(api, document_id)
    assert api("DELETE", f"/api/jobs/{job.job_id}").status == 202
    assert api("GET", "/api/documents").json["items"][0]["state"] == "failed"
    processed(api, document_id)


def test_a_job_over_the_cap_leaves_the_document_as_it_was(clock: ManualClock) -> None:
    api = make_driver(clock, active_jobs_per_org=0)
    document_id = announced(api)
    before = stored(api, document_id)
    assert api("POST", f"/api/documents/{document_id}/process").status == 429
    assert stored(api, document_id) == before


class DyingJobs(MemoryJobStore):
    """The process ends before a job is admitted."""

    def admit(self, *args: object, **options: object) -> None:
        raise KeyboardInterrupt


def test_what_a_job_wrote_whose_admission_was_not_answered_is_kept(
    api: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = announced(api)

    def unanswered(*_: object, **__: object) -> None:
        ready = {"state": DocumentState.READY, "items": 3}
        api.documents.put(stored(api, document_id).model_copy(update=ready))
        raise TransientError("storing a job could not be reached: ReadTimeoutError")

    monkeypatch.setattr(api.jobs, "admit", unanswered)
    assert api("POST", f"/api/documents/{document_id}/process").status == 503
    assert (stored(api, document_id).state, stored(api, document_id).items) == (DocumentState.READY, 3)


def test_a_crash_before_the_job_is_admitted_is_told_and_mended_by_processing_again(clock: ManualClock) -> None:
    dying = make_driver(clock, engine=replace(memory_engine(clock=clock), store=DyingJobs()))
    document_id = announced(dying)
    with pytest.raises(KeyboardInterrupt):
        dying("POST", f"/api/documents/{document_id}/process")
    api = Driver(replace(dying.services, engine=memory_engine(clock=clock)))
    shown = api("GET", f"/api/documents/{document_id}").json
    assert (shown["state"], "process it again" in shown["error"]) == ("failed", True)
    processed(api, document_id)


def test_a_document_that_is_being_read_cannot_be_deleted(api: Driver) -> None:
    document_id = announced(api)
    job = processed(api, document_id)
    answer = api("DELETE", f"/api/documents/{document_id}")
    assert (answer.status, job.job_id in answer.json["detail"]) == (409, True)
    assert api("DELETE", f"/api/jobs/{job.job_id}").status == 202
    assert api("DELETE", f"/api/documents/{document_id}").status == 204


def test_what_a_job_wrote_that_ended_while_its_document_is_deleted_goes_too(
    api: Driver, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = announced(api)
    job = processed(api, document_id)
    part = part_id(stored(api, document_id), 1)
    look = api.jobs.get

    def ended_by_now(org_id: str, job_id: str) -> Job | None:
        api.items.save(an_item(clock(), item_id=part), marks=[part], expires_at=clock() + timedelta(days=1))
        end(api, document_id, job, state=DocumentState.READY, items=1)
        return look(org_id, job_id)

    monkeypatch.setattr(api.jobs, "get", ended_by_now)
    assert api("DELETE", f"/api/documents/{document_id}").status == 204
    assert api.items.items == {}
