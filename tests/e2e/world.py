"""A running deployment, and ways to act on it.

All tests share one, so each leaves it at rest (`at_rest.py`): nothing planned, no job active, no message in a queue.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2

from ops.aws import Aws
from ops.deployment import Deployment
from ops.tenants import ADMINS
from ops.up import ADMIN, DEFAULT_ORG_ID, OPERATOR, USER, open_tenants
from tests.e2e.at_rest import PATIENCE_SECONDS, leave_out_of_plans, wait_until_idle

Value = TypeVar("Value")

OTHER = "rival"
EMAILS = {"user": USER, "admin": ADMIN, "operator": OPERATOR}

_HTTP_SECONDS = 60


class World:
    """One deployment: its outputs, its AWS clients, and its HTTP API.

    The API is called as `user` or `admin` of the default organisation, or as the user of another organisation by its
    id, such as `rival`. The planners (of pages, fetches and readings) serve the `newcomers` of the test alone.
    """

    def __init__(self, deployment: Deployment, outputs: Mapping[str, Any]) -> None:
        self.deployment = deployment
        self.outputs = outputs
        self.aws = Aws(deployment)
        self._clients: dict[str | None, httpx2.Client] = {}
        self._tenants = open_tenants(deployment, self.aws)
        self.tokens = {who: self._tenants.token(email) for who, email in EMAILS.items()}
        self.newcomers: list[str] = []
        self.newcomer(OTHER)
        self.newcomers.clear()
        for org_id in (DEFAULT_ORG_ID, OTHER):
            leave_out_of_plans(self, org_id)

    def newcomer(self, org_id: str) -> str:
        """A new organisation with its administrator; returns the id, which is also the caller's name for `api`."""
        email = f"user@{org_id}.example"
        self._tenants.ensure_organisation(org_id, org_id.capitalize())
        self._tenants.ensure_user(email, org_id=org_id, group=ADMINS)
        self.tokens[org_id] = self._tenants.token(email)
        self.newcomers.append(org_id)
        return org_id

    def user_of(self, org_id: str) -> str:
        """The name for `api` of an organisation's user."""
        return "user" if org_id == DEFAULT_ORG_ID else org_id

    def api(self, who: str | None = "user") -> httpx2.Client:
        """The API for this caller; None sends no token."""
        if who not in self._clients:
            headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
            self._clients[who] = httpx2.Client(
                base_url=self.outputs["api_url"], headers=headers, timeout=_HTTP_SECONDS, trust_env=False
            )
        return self._clients[who]

    def read_page(self, path: str) -> httpx2.Response:
        """What a reader of the site gets."""
        return httpx2.get(f"{self.outputs['site_url']}/{path}", timeout=_HTTP_SECONDS, trust_env=False)

    def invoke(self, function: str, payload: Mapping[str, Any] | None = None) -> Any:
        """Run a Lambda, such as `pseo_generator`, and wait; its answer. Fails with what it raised."""
        name = self.outputs["functions"][function]
        answer = self.aws.functions.invoke(FunctionName=name, Payload=json.dumps(payload or {}).encode())
        result = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, result
        return result

    def job(self, job_id: str, who: str = "user") -> dict[str, Any]:
        """A job as the API shows it."""
        found: dict[str, Any] = self.api(who).get(f"/api/jobs/{job_id}").raise_for_status().json()
        return found

    def items(self, path: str, who: str = "user", **parameters: str) -> list[dict[str, Any]]:
        """The newest of a list, at most 100."""
        answer = self.api(who).get(path, params={"limit": "100", **parameters}).raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def messages_in(self, queue: str) -> int:
        """How many messages a queue or dead-letter queue holds, those in flight included."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self.outputs["queues"][queue]
        counts = self.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(counts[name]) for name in names)

    def bodies_in(self, queue: str) -> list[str]:
        """The bodies of up to ten messages of a queue, which stay where they are."""
        url = self.outputs["queues"][queue]
        answer = self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    @contextmanager
    def settings(self, function: str, **variables: str) -> Iterator[None]:
        """Change a Lambda's settings for the block, as `X_API_BASE_URL="http://..."`.

        A change kills the function's workers, whatever they are at. So no job may be active then, at the end either;
        only after a failure, which may have left something held up, nothing is waited for.
        """
        name = self.outputs["functions"][function]
        before = self.aws.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        wait_until_idle(self)
        self._configure(name, {**before, **variables})
        try:
            yield
            wait_until_idle(self)
        finally:
            self._configure(name, before)

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
        self.aws.close()

    def _configure(self, name: str, variables: Mapping[str, str]) -> None:
        self.aws.functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        wait_for(lambda: self._is_updated(name), every=0.05)

    def _is_updated(self, name: str) -> bool:
        return self.aws.functions.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful"


def wait_for(predicate: Callable[[], Value | None], timeout: float = PATIENCE_SECONDS, every: float = 0.2) -> Value:
    """The predicate's first truthy value; fails after `timeout` seconds, showing the last one."""
    deadline = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        assert time.monotonic() < deadline, f"still {value!r} after {timeout} s"
        time.sleep(every)
