from datetime import timedelta

import pytest

from functions.api.documents.memory import MemoryUploads
from functions.shared.domain.context.documents.rules import part_id
from functions.shared.domain.context.model import DocumentState
from functions.shared.kernel.errors import TransientError
from tests.support.api_driver import RIVAL, Driver, log_lines, make_driver
from tests.support.clock import ManualClock
from tests.support.documents import BOOK, announced, end, processed, stored
from tests.support.sources import a_document, an_item


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def test_an_announced_document_gets_an_address_to_put_its_file_to(api: Driver) -> None:
    answer = api("POST", "/api/documents", BOOK)
    document_id = answer.json["document_id"]
    location = f"https://api.example/api/documents/{document_id}"
    assert (answer.status, answer.headers["Location"]) == (201, location)
    assert answer.json == {
        "document_id": document_id,
        "upload": {
            "method": "PUT",
            "url": f"https://uploads.example/.incoming/acme/{document_id}.pdf",
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
