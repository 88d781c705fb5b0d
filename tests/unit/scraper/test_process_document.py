"""Uploaded documents: read, split, kept once, and gone when they are deleted."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.scraper.parsing.document import ParsedDocument
from functions.scraper.services import Services
from functions.scraper.split_text import split_text
from functions.shared.domain.context.documents.rules import INCOMING
from functions.shared.domain.context.model import MAX_ITEM_CHARACTERS, Document, DocumentState
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.model import Job, JobStatus
from tests.support.clock import ManualClock
from tests.support.scraper_services import Web, a_job, handlers_of, items_of, run_job, scraper_services
from tests.support.sources import a_document

KEY = "acme/document-1.txt"


@dataclass
class World:
    clock: ManualClock
    text: str = "Tea is back."
    trouble: Exception | None = None
    services: Services = field(init=False)

    def __post_init__(self) -> None:
        self.services = scraper_services(self.clock, Web())
        self.services.documents.put(a_document(self.clock()))
        self.services.uploads.put(KEY, b"Tea is back", "text/plain")

    def run(self, job: Job | None = None) -> Job:
        job = job or a_job(JobType.PROCESS_DOCUMENT, {"document_id": "document-1"}, self.services)
        self.clock.advance(minutes=1)
        return run_job(job, self.services, handlers_of(self.services, Web(), self.parse))

    def parse(self, body: bytes, *, media_type: str, name: str) -> ParsedDocument:
        if self.trouble is not None:
            raise self.trouble
        return ParsedDocument(title=None, text=self.text)

    def document(self) -> Document:
        found = self.services.documents.get("acme", "document-1")
        assert found is not None
        return found

    def parts(self) -> list[tuple[int, int, str]]:
        return [(item.part, item.parts, item.text[:6]) for item in items_of(self.services.items)]


@pytest.fixture
def world(clock: ManualClock) -> World:
    return World(clock)


def long_text(*beginnings: str) -> str:
    return "\n\n".join(f"{beginning} {'tea ' * 4000}".strip() for beginning in beginnings)


def test_a_short_document_is_one_item(world: World) -> None:
    job = world.run()
    assert job.result == {"outcome": "ready", "document_id": "document-1", "items": 1, "characters": 12}
    (item,) = items_of(world.services.items)
    assert (item.origin, item.origin_id, item.title, item.text) == (
        "document",
        "document-1",
        "handbook.txt",
        "Tea is back.",
    )
    document = world.document()
    assert (document.state, document.items, document.characters, document.job_id) == (
        DocumentState.READY,
        1,
        12,
        job.job_id,
    )


def test_a_long_document_is_split_and_read_in_its_order(world: World) -> None:
    world.text = long_text("First", "Second", "Third")
    world.run()
    assert world.parts() == [(1, 3, "First "), (2, 3, "Second"), (3, 3, "Third ")]
    assert world.document().items == 3


def test_a_documents_parts_stay_for_as_long_as_the_document(world: World) -> None:
    world.run()
    world.clock.advance(days=10 * 365)
    assert world.document().state is DocumentState.READY
    assert len(world.parts()) == 1


def test_a_document_that_is_read_again_is_replaced_and_never_doubled(world: World) -> None:
    world.text = long_text("First", "Second", "Third")
    world.run()
    world.run()
    assert len(world.parts()) == 3
    world.text = long_text("Other")
    world.run()
    assert world.parts() == [(1, 1, "Other ")]
    assert world.document().items == 1


def test_a_run_that_died_half_way_leaves_nothing_of_itself_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.text = long_text("First", "Second", "Third")
    save = world.services.items.save

    def dying(item: Any, **keywords: Any) -> None:
        save(item, **keywords)
        if item.part == 2:
            raise TransientError("the store is out of reach")

    with monkeypatch.context() as broken:
        broken.setattr(world.services.items, "save", dying)
        job = world.run()
    assert (world.document().state, len(world.parts())) == (DocumentState.PROCESSING, 2)
    world.text = "Shorter"
    assert world.run(job).status is JobStatus.COMPLETED
    assert world.parts() == [(1, 1, "Shorte")]


def test_a_document_that_cannot_be_read_says_why(world: World) -> None:
    world.trouble = PermanentError("it is encrypted: remove its password")
    job = world.run()
    assert (job.status, job.error) == (JobStatus.FAILED, world.trouble.reason)
    assert (world.document().state, world.document().error) == (DocumentState.FAILED, world.trouble.reason)
    world.trouble = None
    world.run()
    assert (world.document().state, world.document().error) == (DocumentState.READY, None)


def test_a_document_without_its_file_says_how_to_upload_it(world: World) -> None:
    world.services.documents.put(a_document(world.clock(), object_key="acme/other.txt"))
    error = world.run().error or ""
    assert "was not uploaded" in error
    assert "POST /api/documents/document-1/process" in error
    assert world.document().error == error


def test_another_file_than_the_one_announced_is_refused(world: World) -> None:
    world.services.uploads.put(KEY, b"something longer", "text/plain")
    assert (world.run().error or "").startswith("the uploaded file has 16 bytes, but 11 were announced")


def test_a_lack_of_resources_is_not_the_documents_fault(world: World) -> None:
    world.trouble = TransientError("this machine ran out of memory while reading it")
    assert world.run().status is JobStatus.QUEUED
    assert world.document().state is DocumentState.AWAITING_UPLOAD


def test_a_document_that_is_deleted_before_or_meanwhile_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = world.services.items.save

    def interrupted(item: Any, **keywords: Any) -> None:
        save(item, **keywords)
        world.services.documents.delete("acme", "document-1")

    monkeypatch.setattr(world.services.items, "save", interrupted)
    for _ in range(2):
        result = world.run().result
        assert result is not None
        assert result["outcome"] == "skipped"
        assert world.parts() == []
        assert world.services.documents.get("acme", "document-1") is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("\n\n  \n", []),
        ("one", ["one"]),
        ("one\n\ntwo\n\nthree", ["one\n\ntwo", "three"]),
        ("one\n \n two ", ["one\n\ntwo"]),
        ("One. Two. Three.", ["One. Two.", "Three."]),
        ("elevenwords and more", ["elevenword", "s and more"]),
        ("aaaaaaaaaaaaaaaaaaaaaaaaa", ["aaaaaaaaaa", "aaaaaaaaaa", "aaaaa"]),
    ],
)
def test_a_text_is_split_at_its_paragraphs_else_where_it_hurts_least(text: str, parts: list[str]) -> None:
    assert split_text(text, most=10) == parts


def test_no_part_of_a_document_is_longer_than_an_item_may_be(world: World) -> None:
    world.text = "tea " * 30_000
    world.run()
    items = items_of(world.services.items)
    assert all(len(item.text) <= MAX_ITEM_CHARACTERS for item in items)
    assert sum(item.text.count("tea") for item in items) == 30_000


def test_a_file_that_was_read_moves_to_where_no_upload_expires(world: World) -> None:
    uploaded = f"{INCOMING}acme/document-1.txt"
    world.services.documents.put(a_document(world.clock(), object_key=uploaded))
    world.services.uploads.put(uploaded, b"Tea is back", "text/plain")
    world.services.uploads.delete(KEY)

    assert world.run().status is JobStatus.COMPLETED
    assert world.document().object_key == KEY
    assert world.services.uploads.get(KEY) is not None
    assert world.services.uploads.get(uploaded) is None


def test_a_file_that_could_not_be_read_stays_where_it_expires(world: World) -> None:
    uploaded = f"{INCOMING}acme/document-1.txt"
    world.services.documents.put(a_document(world.clock(), object_key=uploaded))
    world.services.uploads.put(uploaded, b"something longer", "text/plain")

    assert world.run().status is JobStatus.FAILED
    assert world.document().object_key == uploaded
