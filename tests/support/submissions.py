"""A job sent through the API."""

from tests.support.api_driver import Driver

TEA = {"type": "GENERATE_CONTENT", "payload": {"topic": "Tea"}}


def submitted(api: Driver, **options: object) -> str:
    answer = api("POST", "/api/jobs", TEA, **options)
    assert answer.status == 202, answer.text
    return str(answer.json["job_id"])
