"""Submit a batch of jobs in a way that can be repeated: after a timeout, after a crash, or by mistake.

Each job has an idempotency key made from what it is for. For a day, a key that was sent before leads to the job it made
then, and makes no other. (For a batch that is always repeated as a whole, one `Idempotency-Key` header does the same.)

    .venv/bin/python examples/submit_batch.py             # again: the second run finds the first one's jobs
    .venv/bin/python examples/submit_batch.py autumn      # another campaign has other keys: new jobs
"""

import sys
from typing import Any

import httpx2

from flywheel_api import connect

TOPICS = ("Green tea in the morning", "Black tea in the afternoon", "No tea at night")


def main() -> None:
    campaign = sys.argv[1] if len(sys.argv) > 1 else "spring"
    jobs = [
        {
            "type": "GENERATE_CONTENT",
            "payload": {"topic": topic, "platforms": ["twitter"]},
            "tags": [campaign],
            "idempotency_key": f"{campaign}/{number}",
        }
        for number, topic in enumerate(TOPICS, 1)
    ]
    with connect() as api:
        first = submit(api, jobs)
        print("\nThe same batch again, as if the answer had been lost:")
        second = submit(api, jobs)
    if first != second:
        sys.exit("\nThese are other jobs: something was made twice.")
    print("\nThese are the same jobs: nothing was made twice.")


def submit(api: httpx2.Client, jobs: list[dict[str, Any]]) -> list[str]:
    """Submit the jobs and print what became of each; their ids.

    Each job is taken or refused by itself, so the answer is 202 even when every one of them was refused.
    """
    answer = api.post("/api/jobs/bulk", json={"jobs": jobs}).json()
    print(f"{answer['accepted']} accepted, {answer['refused']} refused:")
    for job, item in zip(jobs, answer["items"], strict=True):
        taken = f"job {item['job_id']}, {item['job_status']}" if item["status"] == httpx2.codes.ACCEPTED else None
        print(f"  {job['idempotency_key']}: {taken or item['problem']['detail']}")
    if answer["refused"]:
        sys.exit("Put that right and run this again: what was accepted is not made twice.")
    return [item["job_id"] for item in answer["items"]]


if __name__ == "__main__":
    main()
