from collections.abc import Callable
from typing import Any

import pytest
from ministack import app  # type: ignore[import-untyped]

from ops import engine_process
from ops.engine_process import KEPT, MOST_SECONDS, keep, pause_after


def moving(times: int) -> Callable[[], Any]:
    """A state that changes under the first copies of it."""
    left = [times]

    def get_state() -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise RuntimeError("dictionary changed size during iteration")
        return {"n": 1}

    return get_state


def test_each_state_is_written_once_and_one_that_moves_is_copied_again() -> None:
    saved: list[tuple[str, Any]] = []
    keep({"sqs": moving(3), "none": lambda: None, "ses": moving(0)}, lambda *given: saved.append(given))
    assert saved == [("sqs", {"n": 1}), ("ses", {"n": 1})]


def test_a_state_that_never_holds_still_keeps_no_other_from_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.engine_process.time.sleep", lambda seconds: None)
    saved: list[tuple[str, Any]] = []
    keep({"sqs": moving(1000), "ses": moving(0)}, lambda *given: saved.append(given))
    assert [name for name, _ in saved] == ["ses"]


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 3.0, 30.0, 49.0, 80.0])
def test_no_more_than_the_promise_lies_between_two_writings(seconds: float) -> None:
    pause = pause_after(seconds)
    assert pause >= 0
    assert pause + seconds <= max(MOST_SECONDS, seconds)
    assert seconds > 40 or pause >= 10


def test_what_is_kept_are_modules_of_the_engine() -> None:
    assert set(KEPT) <= set(app._state_map)


def test_nothing_is_written_before_what_was_kept_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    monkeypatch.setattr(app, "_load_persisted_state", lambda: happened.append("read"))
    engine_process._once_all_is_loaded(lambda: happened.append("writes"))
    assert happened == []
    app._load_persisted_state()
    assert happened == ["read", "writes"]
