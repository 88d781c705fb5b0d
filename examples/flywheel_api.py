"""What the examples share: a client that knows where the API is and who calls it, and errors that can be read.

FLYWHEEL_OUTPUTS names the file of another deployment than the one that `make up` started in this clone.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx2

OUTPUTS = Path(__file__).resolve().parents[1] / ".local" / "outputs.json"


class Refused(Exception):
    """The API answered with an error: a problem as RFC 9457 has it, whose words the text repeats."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(_readable(response))
        self.status = response.status_code


@contextmanager
def connect(caller: Literal["user", "admin"] = "user") -> Iterator[httpx2.Client]:
    """The API, called as the demo organisation's user or administrator. Each call raises Refused for an error.

    What the block does not catch ends the program with status 1 and one readable message.
    """
    outputs = _outputs()
    try:
        with httpx2.Client(
            base_url=outputs["api_url"],
            headers={"Authorization": f"Bearer {outputs[f'{caller}_token']}"},
            timeout=60,
            mounts={"all://127.0.0.1": None},  # what is on this machine is asked without a proxy
            event_hooks={"response": [_raise_refused]},
        ) as api:
            yield api
    except Refused as refused:
        sys.exit(str(refused))
    except httpx2.TransportError as error:
        sys.exit(f"{outputs['api_url']} does not answer: {error or type(error).__name__}\n  `make up` starts it.")


def _outputs() -> Any:
    path = Path(os.environ.get("FLYWHEEL_OUTPUTS") or OUTPUTS)
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        sys.exit(f"There is no {path}.\n  Nothing was deployed here yet; `make up` does it and writes the file.")


def _raise_refused(response: httpx2.Response) -> None:
    if response.is_error:
        response.read()
        raise Refused(response)


def _readable(response: httpx2.Response) -> str:
    """What was asked, the status, and the reason, which names each field that is not acceptable."""
    try:
        problem = response.json()
    except ValueError:
        problem = {"detail": response.text}
    asked = f"{response.request.method} {response.url} answered {response.status_code} {response.reason_phrase}:"
    lines = [asked, problem.get("detail") or problem.get("message") or "It does not say why."]
    if response.status_code == httpx2.codes.UNAUTHORIZED:
        lines.append("Tokens end after some hours; `./flywheel token` writes fresh ones into outputs.json.")
    return "\n  ".join(lines)
