"""Starts and stops the embedded AWS engine (ministack) of one deployment.

The engine process holds a lock on `<root>/engine/lock` for as long as it lives, so whether it runs is never guessed
from a process id that may since belong to somebody else.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TextIO

from ops.deployment import REGION, Deployment, without_proxy
from ops.errors import OpsError
from ops.listener import describe_listener, is_free
from ops.tools import REPOSITORY, last_lines

# The way to the process's own modules is given to it alone: in PYTHONPATH, Lambdas would inherit it.
_PROCESS = f"import sys; sys.path.append({str(REPOSITORY)!r}); from ops.engine_process import main; main()"
START_SECONDS = 60
STOP_SECONDS = 90
LOG_BYTES = 10_000_000
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy",
         "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")  # fmt: skip

# Engines that this process started: they outlive it, but if they end first they must be reaped.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Running:
    """An engine that lives. `enforces_iam` tells whether the Lambdas' IAM policies bind them."""

    pid: int
    port: int
    enforces_iam: bool


class Engine:
    """The engine of one deployment."""

    def __init__(self, deployment: Deployment, environ: Mapping[str, str] = os.environ) -> None:
        self._deployment = deployment
        self._environ = environ
        self._home = deployment.root / "engine"
        self._record = self._home / "running.json"
        self._scratch = deployment.scratch or self._home / "tmp"
        self.log = deployment.log("engine")

    def running(self) -> Running | None:
        """The engine that is up, on whatever port it was started."""
        with self._lock_file() as lock:
            if _try_lock(lock, fcntl.LOCK_SH):
                return None
        return Running(**json.loads(self._record.read_text()))

    def require_port(self) -> None:
        """Raises OpsError, naming who has it, when the deployment's port is taken."""
        port = self._deployment.port
        if not is_free(port):
            owner = describe_listener(port)
            by = f" by {owner}" if owner else ""
            raise OpsError(
                f"Port {port} is already taken{by}. Stop that, or choose another port: FLYWHEEL_PORT={port + 1} make up"
            )

    def start(self, *, enforce_iam: bool, say: Callable[[str], None] = lambda text: None) -> Running:
        """Start and wait until it answers. Raises OpsError when the port is taken or it does not come up."""
        self.require_port()
        self._prepare_folders()
        with self._lock_file() as lock, self.log.open("ab") as output:
            if not _try_lock(lock, fcntl.LOCK_EX):
                raise OpsError("The engine of this clone is just being started by another command. Try again.")
            unclean_end = self._unclean_end()
            child = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROCESS],
                cwd=self._home,
                env=self.environ(enforce_iam=enforce_iam),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
            )
            _children[child.pid] = child
            running = Running(pid=child.pid, port=self._deployment.port, enforces_iam=enforce_iam)
            self._record.write_text(json.dumps(asdict(running)))
        self._wait_until_ready(say)
        say(unclean_end)
        return running

    def stop(self, say: Callable[[str], None] = lambda text: None) -> bool:
        """Let it save its state and end; True unless it had to be killed. Nothing happens when none runs."""
        running = self.running()
        if running is None:
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGTERM)
        ended = self._wait_until_ended(STOP_SECONDS)
        if not ended:
            say(f"it did not end within {STOP_SECONDS} s: killed")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)  # Lambda workers that outlived it are in its process group
        if not self._wait_until_ended(10):
            raise OpsError(f"The engine (pid {running.pid}) could not be stopped.")
        if running.pid in _children:
            _children.pop(running.pid).wait()
        self._record.unlink(missing_ok=True)
        return ended

    def _unclean_end(self) -> str:
        """What to say when nobody took the record away: that engine was killed, or its machine went down."""
        kept = self._home / "state" / "dynamodb.json"
        if not self._record.exists():
            return ""
        if not kept.exists():
            return "the last one ended before it kept anything: it begins anew"
        at = datetime.fromtimestamp(kept.stat().st_mtime, UTC)
        return f"the last one ended without being stopped: it goes on from what was kept at {at:%d %B %H:%M:%S} UTC"

    def environ(self, *, enforce_iam: bool) -> dict[str, str]:
        """The engine's environment.

        Lambdas inherit it, so nothing of the operator's shell is passed on but what reaching the network needs.
        """
        return {
            **{name: self._environ[name] for name in _KEPT if name in self._environ},
            "NO_PROXY": without_proxy(self._environ),
            "HOME": str(self._home / "home"),  # a Lambda finds no keys, profiles or agents of the operator's there
            "PYTHONUNBUFFERED": "1",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._deployment.port),
            "CONSOLE_ORIGIN": self._deployment.settings.get("FLYWHEEL_CONSOLE_ORIGIN", ""),
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._home / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._home / "s3"),
            "TMPDIR": str(self._scratch),
            "AUTH": "true" if enforce_iam else "false",
            "IOT_MTLS_ENABLED": "0",  # each of these two would listen on a fixed port of its own
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{self._home / 'no-docker.sock'}",  # it would remove other engines' containers
        }

    def _prepare_folders(self) -> None:
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)  # its state holds tokens and keys
        shutil.rmtree(self._scratch, ignore_errors=True)  # code of Lambdas that an earlier engine ran
        self._scratch.mkdir(mode=0o700, exist_ok=True)
        for folder in ("state", "s3", "home"):
            (self._home / folder).mkdir(exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".earlier.log"))

    def _wait_until_ready(self, say: Callable[[str], None]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.running() is None:
                raise OpsError(f"The engine ended while starting:\n{last_lines(self.log)}\n  Whole log: {self.log}")
            if _answers(f"{self._deployment.endpoint_url}/_ministack/health"):
                say("")
                return
            say("waiting until it answers")
            time.sleep(0.1)
        raise OpsError(
            f"The engine did not answer within {START_SECONDS} s:\n{last_lines(self.log)}\n  Log: {self.log}"
        )

    def _wait_until_ended(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.running() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    @contextlib.contextmanager
    def _lock_file(self) -> Iterator[TextIO]:
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._home / "lock").open("a") as lock:
            yield lock


def _try_lock(lock: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False
