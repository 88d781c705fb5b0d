from typing import Any

import pytest

from tests.support.api_driver import RIVAL, Answer, Driver, make_driver
from tests.support.clock import ManualClock


def topic(name: str, **more: object) -> dict[str, object]:
    return {"type": "GENERATE_CONTENT", "payload": {"topic": name}, **more}


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def bulk(api: Driver, *jobs: object, **options: object) -> Answer:
    return api("POST", "/api/jobs/bulk", {"jobs": list(jobs)}, **options)


def statuses(answer: Answer) -> list[int]:
    return [item["status"] for item in answer.json["items"]]


def ids(answer: Answer) -> list[Any]:
    return [item.get("job_id") for item in answer.json["items"]]


def test_each_job_is_taken_in_order_with_an_address_to_poll(api: Driver) -> None:
    answer = bulk(api, topic("A"), topic("B", priority="high"), topic("C", tags=["spring", "über"]))
    assert (answer.status, statuses(answer), answer.json["accepted"], answer.json["refused"]) == (202, [202] * 3, 3, 0)
    stored = [api.jobs.jobs["acme", job_id] for job_id in ids(answer)]
    assert [job.payload["topic"] for job in stored] == ["A", "B", "C"]
    assert stored[2].tags == ("spring", "über")
    assert answer.json["items"][0]["status_url"] == f"https://api.example/api/jobs/{ids(answer)[0]}"
    assert sorted(lane for lane, _, _ in api.sent.sent) == ["content", "content", "content-high"]
    assert all(job.dispatched_at for job in stored)


def test_a_bad_job_is_refused_by_its_fields_and_holds_no_other_up(api: Driver) -> None:
    answer = bulk(
        api, topic("A"), {"type": "GENERATE_CONTENT", "payload": {}}, 5, topic("B", tags=["a\x00"]), topic("C")
    )
    assert (answer.status, statuses(answer)) == (202, [202, 422, 422, 422, 202])
    named = [[bad["field"] for bad in item["problem"]["errors"]] for item in answer.json["items"] if "problem" in item]
    assert named == [["payload.topic"], ["job"], ["tags.0"]]
    assert len(api.jobs.jobs) == 2


def test_what_is_over_the_cap_is_refused_and_the_rest_taken(clock: ManualClock) -> None:
    api = make_driver(clock, active_jobs_per_org=3)
    assert statuses(bulk(api, topic("A"))) == [202]
    answer = bulk(api, topic("B"), topic("C"), topic("D"))
    assert statuses(answer) == [202, 202, 429]
    assert (answer.json["items"][2]["problem"]["active"], answer.json["items"][2]["problem"]["limit"]) == (3, 3)


def test_a_repeated_bulk_repeats_no_job_even_at_the_cap(clock: ManualClock) -> None:
    api = make_driver(clock, active_jobs_per_org=2)
    first = bulk(api, topic("A"), topic("B"), headers={"idempotency-key": "monday"})
    again = bulk(api, topic("A"), topic("B"), headers={"idempotency-key": "monday"})
    assert statuses(again) == [202, 202]
    assert ids(again) == ids(first)
    assert len(api.sent.sent) == 2
    other = bulk(api, topic("A"), topic("X"), headers={"idempotency-key": "monday"})
    assert statuses(other) == [202, 409]


def test_a_key_that_occurs_twice_makes_one_job(api: Driver) -> None:
    answer = bulk(api, *(topic("A", idempotency_key="one") for _ in range(2)), topic("B", idempotency_key="one"))
    assert statuses(answer) == [202, 202, 409]
    assert len(set(ids(answer)[:2])) == len(api.jobs.jobs) == 1


def test_a_bulks_keys_cannot_be_met_by_a_single_jobs(api: Driver) -> None:
    (job_id,) = ids(bulk(api, topic("A"), headers={"idempotency-key": "k"}))
    single = api("POST", "/api/jobs", topic("A"), headers={"idempotency-key": "k"})
    assert single.json["job_id"] != job_id
    assert ids(bulk(api, topic("A"), headers={"idempotency-key": "k"}, claims=RIVAL)) != [job_id]


@pytest.mark.parametrize("jobs", [[], [topic("A")] * 101, None, "x", {}])
def test_a_bulk_is_1_to_100_jobs(api: Driver, jobs: object) -> None:
    answer = api("POST", "/api/jobs/bulk", {"jobs": jobs})
    assert (answer.status, answer.fields) == (422, ["jobs"])


def test_a_queue_that_is_down_loses_nothing(api: Driver) -> None:
    api.sent.down = True
    answer = bulk(api, topic("A"), topic("B"))
    assert statuses(answer) == [202, 202]
    assert [job.dispatched_at for job in api.jobs.jobs.values()] == [None, None]


def test_a_payload_over_200_kb_is_refused_alone(api: Driver) -> None:
    answer = bulk(api, topic("A" * 205_000), topic("B"))
    assert statuses(answer) == [413, 202]
