"""The embedded engine's process: ministack behind its guard, and beside it what keeps its data safe from a sudden end.

Ministack writes its state when it is stopped, and only then: a `kill -9` would lose everything since. What a
deployment's work changes is therefore written every few seconds as well; what a deployment itself consists of was
written when `make up` restarted the engine.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import hypercorn.asyncio
import uvicorn
from ministack import app  # type: ignore[import-untyped]
from ministack.core import persistence  # type: ignore[import-untyped]

from ops.guard import console_origin
from ops.guarded_app import GuardedApp

KEPT = ("dynamodb", "sqs", "secretsmanager", "scheduler", "cognito", "ses", "ses_v2")
"""The modules whose state changes while a stack works. Objects are files anyway."""

MOST_SECONDS = 50.0
"""No more than this lies between two writings, so that at most the last minute is lost."""

_LEAST_SECONDS = 10.0
_SHARE = 0.05
_TRIES = 20
_GRACE_SECONDS = 3

_log = logging.getLogger("flywheel.engine")


def keep(states: Mapping[str, Callable[[], Any]], save: Callable[[str, Any], None]) -> None:
    """Write each state once. One that changes while it is copied is copied again."""
    for name, get_state in states.items():
        for _ in range(_TRIES):
            try:
                state = get_state()
            except RuntimeError:  # a dictionary changed its size under the copy
                time.sleep(0.05)
                continue
            if state is not None:
                save(name, state)
            break
        else:
            _log.error("%s was not written: it never held still", name)


def pause_after(seconds: float) -> float:
    """How long to rest after a writing that took so long: it may take a twentieth of the time, within the promise."""
    return max(0.0, min(max(_LEAST_SECONDS, seconds / _SHARE), MOST_SECONDS - seconds))


def _keep_for_ever(lock: threading.Lock) -> None:
    while True:
        started = time.monotonic()
        try:
            with lock:
                keep(_states(), persistence.save_state)
        except Exception:  # noqa: BLE001 - whatever is wrong with one writing, the next one may succeed
            _log.exception("the state was not written")
        time.sleep(pause_after(time.monotonic() - started))


def _states() -> dict[str, Callable[[], Any]]:
    loaded: dict[str, Any] = {name: sys.modules.get(f"ministack.services.{name}") for name in KEPT}
    return {name: module.get_state for name, module in loaded.items() if hasattr(module, "get_state")}


def _one_writer_at_a_time(lock: threading.Lock) -> None:
    """Ministack writes at its end, by the same temporary files."""
    save_all = app.save_all

    def locked(services: Mapping[str, Callable[[], Any]]) -> None:
        with lock:
            save_all(services)

    app.save_all = locked


def _once_all_is_loaded(begin: Callable[[], None]) -> None:
    """Call `begin` when the kept state was read: before that, a writing would replace it by nothing."""
    load = app._load_persisted_state

    def loaded() -> None:
        load()
        begin()

    app._load_persisted_state = loaded


def _is_bucket(name: str) -> bool:
    return app._get_module("s3")._bucket_owner_account(name) is not None


def _serve_by_uvicorn() -> None:
    """Let uvicorn speak HTTP, with a parser in C: hypercorn's takes more of a call's time than the call itself."""

    async def serve(application: Any, config: Any) -> None:
        host, _, port = config.bind[0].rpartition(":")
        options = uvicorn.Config(
            application,
            host=host,
            port=int(port),
            http="httptools",
            ws="wsproto",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=int(config.keep_alive_timeout),
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        await uvicorn.Server(options).serve()

    hypercorn.asyncio.serve = serve  # type: ignore[assignment]


def main() -> None:
    """Run the engine until it is told to end."""
    console = os.environ.get("CONSOLE_ORIGIN") or console_origin(int(os.environ["GATEWAY_PORT"]))
    app.app = GuardedApp(app.app, console=console, is_bucket=_is_bucket)
    _serve_by_uvicorn()
    lock = threading.Lock()
    keeper = threading.Thread(target=_keep_for_ever, args=(lock,), name="keep-state", daemon=True)
    _one_writer_at_a_time(lock)
    _once_all_is_loaded(keeper.start)
    app.main()
