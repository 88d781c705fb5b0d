"""Ask for posts about a topic, and wait until they are written.

The API answers at once, with 202: the work is a durable job from then on, and `status_url` tells where it is.

    .venv/bin/python examples/generate_content.py
    .venv/bin/python examples/generate_content.py "Why tea from Assam is strong"
"""

import sys
import time
from textwrap import indent
from typing import Any

import httpx2

from flywheel_api import connect

OVER = ("completed", "failed", "cancelled")
PATIENCE_SECONDS = 600


def main() -> None:
    topic = " ".join(sys.argv[1:]) or "How prediction markets price elections"
    with connect() as api:
        accepted = api.post("/api/ai/generate", json={"topic": topic, "platforms": ["twitter", "linkedin"]})
        print(f"Accepted as job {accepted.json()['job_id']}.")
        job = wait_until_over(api, accepted.json()["status_url"], every=int(accepted.headers["Retry-After"]))
    if job["status"] != "completed":
        sys.exit(f"The job was not completed: {job.get('error', job['status'])}")
    for variant in job["result"]["variants"]:
        print(f"\nFor {variant['network']}, {variant['length']} of at most {variant['limit']} characters:\n")
        print(indent(variant["text"], "    "))


def wait_until_over(api: httpx2.Client, status_url: str, *, every: int) -> Any:
    """The job once it has ended, looked at `every` so many seconds.

    A run that fails is repeated after 1, 5 and 15 minutes: a job may outlast our patience, and goes on without us.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    seen = None
    while time.monotonic() < deadline:
        job = api.get(status_url).json()
        if job["status"] != seen:
            seen = job["status"]
            print(f"It is {seen}.")
        if seen in OVER:
            return job
        time.sleep(every)
    sys.exit(f"It is still {seen} after {PATIENCE_SECONDS} seconds. Look again later: GET {status_url}")


if __name__ == "__main__":
    main()
