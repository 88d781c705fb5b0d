"""Asks every dependency whether it answers, all at once, and waits no longer than a caller would."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

from functions.api.health.models import Health, PartHealth
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.log import log

DEADLINE_SECONDS = 5.0

Probe = Callable[[], object]


def check(probes: Mapping[str, Probe], *, deadline_seconds: float = DEADLINE_SECONDS) -> Health:
    """Each part's health; a part that has not answered by the deadline is degraded."""
    pool = ThreadPoolExecutor(max_workers=max(1, len(probes)))
    started = time.monotonic()
    running = {name: pool.submit(_probed, probe, started) for name, probe in probes.items()}
    wait(running.values(), timeout=deadline_seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    parts = {name: _outcome(future, deadline_seconds) for name, future in running.items()}
    healthy = all(part.status == "ok" for part in parts.values())
    return Health(status="ok" if healthy else "degraded", parts=parts)


def _probed(probe: Probe, started: float) -> PartHealth:
    try:
        probe()
    except FlywheelError as error:
        return PartHealth(status="degraded", milliseconds=_since(started), reason=error.reason)
    except Exception as error:  # noqa: BLE001 a probe's fault is one part's state, not the end of the check
        log.warning("health probe failed", action="probe_failed", error=type(error).__name__)
        return PartHealth(status="degraded", milliseconds=_since(started), reason="unexpected error, see the log")
    return PartHealth(status="ok", milliseconds=_since(started))


def _outcome(future: Future[PartHealth], deadline_seconds: float) -> PartHealth:
    if future.done() and not future.cancelled():
        return future.result()
    milliseconds = round(deadline_seconds * 1000)
    return PartHealth(status="degraded", milliseconds=milliseconds, reason=f"no answer in {deadline_seconds:g} s")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
