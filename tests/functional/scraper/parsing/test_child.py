"""The child that reads foreign bytes, whatever it does."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from functions.scraper.parsing.outcome import Limits, read_in_child
from functions.scraper.parsing.results import ParsedDocument
from functions.shared.kernel.errors import PermanentError, TransientError
from tests.support.foreign import Watch, processes
from tests.support.log_lines import captured

WORKER = "tests.support.misbehaving"
SECONDS = 15.0


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    watch.require_modest(SECONDS)


def read(watch: Watch, how: str, *, seconds: float = SECONDS, body: bytes = b"", **header: Any) -> str:
    answer = read_in_child(WORKER, {"how": how, **header}, body, limits=watch.limits(seconds), result=ParsedDocument)
    return answer.text


def test_a_large_body_reaches_the_child_whole(watch: Watch) -> None:
    assert read(watch, "read", body=b"x" * 15_000_000) == "15000000 bytes"
    assert watch.runs[0].status == 0


@pytest.mark.parametrize("how", ["hang", "compute"])
def test_a_child_that_does_not_end_is_ended_with_its_time(watch: Watch, how: str) -> None:
    with pytest.raises(PermanentError, match=r"takes longer to read than the 0\.5 seconds"):
        read(watch, how, seconds=0.5)
    assert watch.runs[0].seconds < 20, "it would never end by itself"
    assert watch.runs[0].status == -signal.SIGKILL


def test_what_the_child_started_ends_with_it(watch: Watch) -> None:
    mark = f"grandchild-{uuid4()}"
    with pytest.raises(PermanentError, match="takes longer"):
        read(watch, "hang with a child", seconds=1, mark=mark)
    assert_gone(mark)


def test_a_child_that_wants_too_much_memory_says_so(watch: Watch) -> None:
    with pytest.raises(PermanentError, match="more than the 380 MiB of memory"):
        read(watch, "allocate")


@pytest.mark.parametrize("how", ["crash", "raise", "answer nonsense"])
def test_a_child_that_breaks_means_a_file_that_cannot_be_read(watch: Watch, how: str) -> None:
    with pytest.raises(PermanentError, match="damaged, or made in a way that cannot be read") as caught:
        read(watch, how)
    assert "foreign text" not in str(caught.value)


def test_a_child_that_the_system_kills_is_tried_again(watch: Watch) -> None:
    with pytest.raises(TransientError, match="ran out of memory"):
        read(watch, "be killed")


def test_an_endless_answer_is_cut_off(watch: Watch) -> None:
    with pytest.raises(PermanentError, match="more text than can be taken in"):
        read(watch, "flood")


def test_what_a_library_prints_is_no_answer(watch: Watch) -> None:
    assert read(watch, "chatter") == "0 bytes"


def test_the_child_writes_no_files(watch: Watch, tmp_path: Path) -> None:
    with pytest.raises(PermanentError):
        read(watch, "write a file", path=str(tmp_path / "left"))
    assert (tmp_path / "left").read_text() == ""


def test_the_child_gets_neither_the_environment_nor_open_files(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hidden")
    assert set(read(watch, "tell the environment").split()) == {"LC_ALL", "PYTHONPATH", "PYTHONUTF8", "TZ"} | (
        {"LD_LIBRARY_PATH"} & set(os.environ)
    )
    with open(os.devnull) as other:
        os.set_inheritable(other.fileno(), True)
        assert len(read(watch, "tell open files").split()) == 5  # three, the pipe, and the folder that lists them


def test_a_machine_that_starts_no_process_is_tried_again(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(TransientError, match="no process could be started to read it: No such file"):
        read(watch, "read")


def test_the_child_dies_with_its_parent() -> None:
    code = (
        "from functions.scraper.parsing.child import run_child\n"
        f"run_child({WORKER!r}, {{'how': 'hang'}}, b'', seconds=30)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    try:
        child = wait_for(lambda: processes(of=parent.pid, mark=WORKER))
        wait_for(lambda: has_limited_itself(*child))
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: not processes(mark=WORKER) & child)


def test_the_lambda_itself_loads_no_library_that_reads_foreign_bytes() -> None:
    code = """import sys
import functions.scraper.parsing.feed, functions.scraper.parsing.page, functions.scraper.parsing.document
heavy = ["feedparser", "trafilatura", "lxml", "pypdfium2", "docx", "charset_normalizer"]
print([name for name in heavy if name in sys.modules])"""
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_every_reading_is_logged_with_what_it_took() -> None:
    with captured() as lines:
        read_in_child(WORKER, {"how": "read"}, b"", limits=Limits(seconds=SECONDS), result=ParsedDocument)
    line = lines.only("foreign_bytes_read")
    assert line["status"] == 0
    assert 0 < line["peak_mb"] < 100


def assert_gone(mark: str) -> None:
    wait_for(lambda: not processes(mark=mark))


def has_limited_itself(pid: int) -> bool:
    """Which it does after it asked to die with its parent."""
    return re.search(r"^Max file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text(), re.MULTILINE) is not None


def wait_for(found: Any, seconds: float = 10) -> Any:
    ends = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < ends
        time.sleep(0.01)
    return result
