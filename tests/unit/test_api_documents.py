from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.shared.context.documents import part_id
from functions.shared.context.model import Document, DocumentState
from functions.shared.errors import TransientError
from functions.shared.jobs import transitions
from functions.shared.jobs.memory import MemoryJobStore, memory_engine
from functions.shared.jobs.model import Job, JobStatus, Priority
from functions.shared.store.uploads import MemoryUploads
from tests.api_driver import RIVAL, Driver, log_lines, make_driver
from tests.clock import ManualClock
from tests.sources import a_document, an_item

BOOK = {"name": "brand-book.pdf", "media_type": "application/pdf", "size": 1_000_000}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def announced(api: Driver) -> str:
    answer = api("POST", "/api/documents", BOOK)
    assert answer.status == 201, answer.text
    return str(answer.json["document_id"])


def stored(api: Driver, document_id: str) -> Document:
    return api.documents.stored["acme", document_id]


def processed(api: Driver, document_id: str) -> Job:
    answer = api("POST", f"/api/documents/{document_id}/process")
    assert answer.status == 202, answer.text
    return api.jobs.jobs["acme", answer.json["job_id"]]


def end(api: Driver, document_id: str, job: Job, **changes: object) -> None:
    """The job ends, and the worker has written its outcome to the document."""
    api.jobs.jobs["acme", job.job_id] = replace(job, status=JobStatus.COMPLETED)
    api.documents.put(stored(api, document_id).model_copy(update=changes))


def test_an_announced_document_gets_an_address_to_put_its_file_to(api: Driver) -> None:
    answer = api("POST", "/api/documents", BOOK)
    document_id = answer.json["document_id"]
    location = f"https://api.example/api/documents/{document_id}"
    assert (answer.status, answer.headers["Location"]) == (201, location)
    assert answer.json == {
        "document_id": document_id,
        "upload": {
            "method": "PUT",
            "url": f"https://uploads.example/acme/{document_id}.pdf",
            "headers": {"Content-Type": "application/pdf", "Content-Length": "1000000"},
            "expires_at": "2026-11-22T05:15:00.000Z",
        },
        "process_url": f"{location}/process",
    }
    shown = {
        "document_id": document_id,
        "name": "brand-book.pdf",
        "media_type": "application/pdf",
        "size": 1_000_000,
        "state": "awaiting_upload",
        "error": None,
        "items": 0,
        "characters": 0,
        "job_id": None,
        "created_at": "2026-11-22T05:00:00.000Z",
        "updated_at": "2026-11-22T05:00:00.000Z",
    }
    assert api("GET", f"/api/documents/{document_id}").json == shown
    assert api("GET", "/api/documents").json == {"items": [shown], "next_cursor": None}


@pytest.mark.parametrize(
    ("changes", "name", "says"),
    [
        ({"media_type": "image/png"}, "media_type", "`application/pdf` (.pdf)"),
        ({"media_type": "image/png"}, "media_type", "`text/markdown` (.md)"),
        ({"media_type": "Text/Plain; charset=utf-8"}, "media_type", "is not a type that is read"),
        ({"media_type": 5}, "media_type", "string"),
        ({"size": 0}, "size", "greater than or equal to 1"),
        ({"size": 20 * 1024 * 1024 + 1}, "size", "less than or equal to 20971520"),
        ({"size": 1.5}, "size", "integer"),
        ({"name": ""}, "name", "at least 1 character"),
        ({"name": "a\nb"}, "name", "line breaks"),
        ({"name": "a" * 201}, "name", "at most 200"),
        ({"text": "Tea"}, "text", "is not a field"),
    ],
)
def test_a_bad_field_is_named_with_the_fix_and_nothing_is_stored(
    api: Driver, changes: dict[str, object], name: str, says: str
) -> None:
    answer = api("POST", "/api/documents", {**BOOK, **changes})
    assert (answer.status, answer.fields) == (422, [name]), answer.text
    assert says in answer.json["errors"][0]["message"]
    assert not api.documents.stored


def test_the_thousand_and_first_document_is_refused(api: Driver, clock: ManualClock) -> None:
    for number in range(1000):
        api.documents.put(a_document(clock(), document_id=f"d{number}"))
    answer = api("POST", "/api/documents", BOOK)
    assert (answer.status, "1000 documents" in answer.json["detail"]) == (409, True)
    assert api("POST", "/api/documents", BOOK, claims=RIVAL).status == 201


def test_the_address_to_upload_to_is_never_logged(api: Driver) -> None:
    with log_lines() as lines:
        announced(api)
    assert "uploads.example" not in lines.getvalue()


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


def test_a_deleted_document_takes_its_file_and_all_its_items_along(api: Driver, clock: ManualClock) -> None:
    document_id = announced(api)
    api.uploads.files[stored(api, document_id).object_key] = b"%PDF"
    end(api, document_id, processed(api, document_id), state=DocumentState.READY, items=3)
    of_document = [part_id(stored(api, document_id), part) for part in (1, 2, 3)]
    for item_id in (*of_document, "another"):
        api.items.save(an_item(clock(), item_id=item_id), marks=[item_id], expires_at=clock() + timedelta(days=1))
    assert api("DELETE", f"/api/documents/{document_id}").status == 204
    assert [item_id for _, item_id in api.items.items] == ["another"]
    assert not api.uploads.files
    assert api("GET", f"/api/documents/{document_id}").status == 404
    assert api("DELETE", f"/api/documents/{document_id}").status == 404


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


class FailingUploads(MemoryUploads):
    """No object can be deleted."""

    def delete(self, key: str) -> None:
        raise TransientError("deleting an uploaded file could not be reached: ConnectTimeoutError")


def test_a_deletion_that_fails_half_way_can_be_repeated(clock: ManualClock) -> None:
    api = make_driver(clock, uploads=FailingUploads())
    path = f"/api/documents/{announced(api)}"
    assert api("DELETE", path).status == 503
    assert api("GET", path).status == 200


def test_a_list_goes_on_with_its_cursor(api: Driver, clock: ManualClock) -> None:
    made = []
    for _ in range(3):
        made.append(announced(api))
        clock.advance(seconds=1)
    first = api("GET", "/api/documents", query={"limit": "2"}).json
    second = api("GET", "/api/documents", query={"limit": "2", "cursor": first["next_cursor"]}).json
    assert [item["document_id"] for item in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None
    assert api("GET", "/api/documents", query={"cursor": first["next_cursor"]}, claims=RIVAL).status == 422


def test_another_organisation_neither_sees_nor_touches_a_document(api: Driver) -> None:
    path = f"/api/documents/{announced(api)}"
    assert api("GET", "/api/documents", claims=RIVAL).json["items"] == []
    assert api("GET", path, claims=RIVAL).status == 404
    assert api("POST", f"{path}/process", claims=RIVAL).status == 404
    assert api("DELETE", path, claims=RIVAL).status == 404
    assert api("GET", path).status == 200


@pytest.mark.parametrize("document_id", ["missing", "a b", "%00", "x" * 65])
def test_an_unknown_document_is_not_found(api: Driver, document_id: str) -> None:
    assert api("GET", f"/api/documents/{document_id}").status == 404
    assert api("POST", f"/api/documents/{document_id}/process").status == 404
