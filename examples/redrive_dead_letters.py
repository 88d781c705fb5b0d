"""See which jobs failed for good, and why; once the cause is mended, send them back to their queue.

This is for administrators: it shows your organisation's jobs. webhook_receiver.py leaves one to try it with.

    .venv/bin/python examples/redrive_dead_letters.py                       # look at every queue
    .venv/bin/python examples/redrive_dead_letters.py social                # send all of this one back
    .venv/bin/python examples/redrive_dead_letters.py social JOB_ID JOB_ID  # send back these jobs alone
"""

import sys

import httpx2

from flywheel_api import connect


def main() -> None:
    lane, *job_ids = sys.argv[1:] or [""]
    with connect("admin") as api:
        if lane:
            redrive(api, lane, job_ids)
        else:
            show(api)


def show(api: httpx2.Client) -> None:
    """Print each queue's dead letters, which stay where they are."""
    queues = api.get("/api/dead-letters").json()["items"]
    print(f"Dead letters: {sum(queue['messages'] for queue in queues)}, in {len(queues)} queues.")
    for lane in (queue["lane"] for queue in queues if queue["messages"]):
        print(f"\n{lane}:")
        for letter in api.get(f"/api/dead-letters/{lane}", params={"limit": 100}).json()["items"]:
            job = f"{letter['type']} job {letter['job_id']} of {letter['org_id']}, failed at {letter['failed_at']}"
            print(f"  {job if letter['type'] else 'A message without a job, ' + letter['message_id']}")
            print(f"    {letter['reason']}")


def redrive(api: httpx2.Client, lane: str, job_ids: list[str]) -> None:
    """Send dead letters back. Their jobs start afresh, with their history kept; what is sent twice runs once."""
    chosen = {"job_ids": job_ids} if job_ids else {}
    done = api.post(f"/api/dead-letters/{lane}/redrive", json=chosen).json()
    print(f"Sent {done['moved']} back to {lane}; about {done['remaining']} are left.")
    if done["is_moving"]:
        print("SQS goes on sending the rest by itself.")
    elif done["remaining"] and not job_ids:
        print("A call sends at most 200: run this again for the rest.")


if __name__ == "__main__":
    main()
