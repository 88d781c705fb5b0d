from dataclasses import replace

import pytest

from functions.shared.kernel.dead_letters.queues import Letter
from tests.support.api_driver import ACME, EDITOR, OPERATOR, RIVAL, VIEWER, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.dead_letters import failed_job, letter

CALLS: list[tuple[str, str, object]] = [
    ("GET", "/api/dead-letters", None),
    ("GET", "/api/dead-letters/content", None),
    ("POST", "/api/dead-letters/content/redrive", {}),
]


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    driver = make_driver(clock)
    driver.dead_letters.dead = {"content": [letter(1), letter(2), letter(3)], "social": []}
    for number in (1, 2):
        job = failed_job(number)
        driver.jobs.jobs[job.org_id, job.job_id] = job
    return driver


def ids(letters: list[Letter]) -> list[str]:
    return [each.message_id for each in letters]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_editors_and_viewers_are_not_let_in(api: Driver, method: str, path: str, body: object) -> None:
    for claims in (EDITOR, VIEWER):
        assert api(method, path, body, claims=claims).status == 403
    assert ids(api.dead_letters.dead["content"]) == ["message-1", "message-2", "message-3"]


def test_each_queues_dead_letters_are_counted(api: Driver) -> None:
    answer = api("GET", "/api/dead-letters", claims=OPERATOR)
    assert answer.json == {"items": [{"lane": "content", "messages": 3}, {"lane": "social", "messages": 0}]}


def test_a_message_is_shown_with_its_job_and_why_that_failed_and_stays(api: Driver) -> None:
    answer = api("GET", "/api/dead-letters/content", claims=OPERATOR)
    first = answer.json["items"][0]
    assert (first["job_id"], first["org_id"], first["type"]) == ("job-1", "acme", "GENERATE_CONTENT")
    assert (first["reason"], first["failed_at"]) == ("the model refused", "2026-11-22T05:00:00.000Z")
    assert answer.json["messages"] == 3
    assert api.dead_letters.hidden == set()


@pytest.mark.parametrize(
    ("body", "reason"),
    [("not json", "does not name a job"), ('{"job_id": "x"}', "does not name a job"), (None, "not stored any more")],
)
def test_a_message_without_a_job_says_so(api: Driver, body: str | None, reason: str) -> None:
    api.dead_letters.dead["content"] = [letter(9, body=body)]
    (shown,) = api("GET", "/api/dead-letters/content", claims=OPERATOR).json["items"]
    assert reason in shown["reason"]
    assert shown["type"] is None


def test_all_are_sent_back(api: Driver) -> None:
    answer = api("POST", "/api/dead-letters/content/redrive", {}, claims=OPERATOR)
    assert (answer.status, answer.json) == (
        202,
        {"lane": "content", "moved": 3, "remaining": 0, "is_moving": False},
    )
    assert ids(api.dead_letters.sent_back["content"]) == ["message-1", "message-2", "message-3"]


def test_where_sqs_moves_them_itself_it_is_asked_to(api: Driver) -> None:
    api.dead_letters.moves = True
    answer = api("POST", "/api/dead-letters/content/redrive", {}, claims=OPERATOR)
    assert (answer.status, answer.json["is_moving"]) == (202, True)


@pytest.mark.parametrize("choice", [{"job_ids": ["job-2"]}, {"message_ids": ["message-2"]}])
def test_one_alone_is_sent_back_and_the_others_stay(api: Driver, choice: dict[str, list[str]]) -> None:
    answer = api("POST", "/api/dead-letters/content/redrive", choice, claims=OPERATOR)
    assert (answer.json["moved"], answer.json["remaining"]) == (1, 2)
    assert ids(api.dead_letters.sent_back["content"]) == ["message-2"]
    assert ids(api.dead_letters.dead["content"]) == ["message-1", "message-3"]
    assert api.dead_letters.hidden == {"message-2"}


def test_an_empty_choice_sends_nothing_back(api: Driver) -> None:
    answer = api("POST", "/api/dead-letters/content/redrive", {"job_ids": []}, claims=OPERATOR)
    assert (answer.json["moved"], answer.json["remaining"]) == (0, 3)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"job_ids": ["../x"]}, "job_ids.0"),
        ({"job_ids": ["x"] * 101}, "job_ids"),
        ({"jobs": ["x"]}, "jobs"),
    ],
)
def test_a_bad_choice_is_refused_by_the_fields_name(api: Driver, body: dict[str, object], field: str) -> None:
    answer = api("POST", "/api/dead-letters/content/redrive", body, claims=OPERATOR)
    assert (answer.status, answer.fields) == (422, [field])


def test_choosing_by_both_ids_is_refused(api: Driver) -> None:
    body = {"job_ids": ["job-1"], "message_ids": ["message-1"]}
    answer = api("POST", "/api/dead-letters/content/redrive", body, claims=OPERATOR)
    assert answer.status == 422


def test_a_queue_that_does_not_exist_is_not_found(api: Driver) -> None:
    assert api("GET", "/api/dead-letters/nothing", claims=OPERATOR).status == 404
    assert api("POST", "/api/dead-letters/nothing/redrive", {}, claims=OPERATOR).status == 404


def test_administrators_see_and_send_back_those_of_their_own_organisation_alone(api: Driver) -> None:
    rival = failed_job(3)
    rival = replace(rival, org_id="rival")
    api.jobs.jobs["rival", rival.job_id] = rival
    theirs = letter(3)
    theirs = replace(theirs, body=theirs.body.replace('"acme"', '"rival"'))
    api.dead_letters.dead["content"] = [letter(1), letter(2), theirs]
    assert api("GET", "/api/dead-letters", claims=ACME).json["items"][0]["messages"] == 2
    shown = api("GET", "/api/dead-letters/content", claims=RIVAL).json
    assert ([item["org_id"] for item in shown["items"]], shown["messages"]) == (["rival"], 1)
    chosen = {"job_ids": ["job-1", rival.job_id]}
    assert api("POST", "/api/dead-letters/content/redrive", chosen, claims=RIVAL).json["moved"] == 1
    assert ids(api.dead_letters.dead["content"]) == ["message-1", "message-2"]
    everything = api("POST", "/api/dead-letters/content/redrive", {}, claims=RIVAL).json
    assert (everything["moved"], everything["remaining"]) == (0, 0)
    assert api("POST", "/api/dead-letters/content/redrive", {}, claims=ACME).json["moved"] == 2
    assert api.dead_letters.dead["content"] == []
