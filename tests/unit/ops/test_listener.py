from pathlib import Path

import pytest

from ops.listener import describe_listener

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc in which process 42 listens on 4566 and process 43 only connects from it."""
    listening = "   0: 0100007F:11D6 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 777 1"
    connected = "   1: 0100007F:11D6 0100007F:A000 01 00000000:00000000 00:00000000 00000000  0 0 778 1"
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text("\n".join((HEADER, listening, connected)))
    for pid, inode in (("42", 777), ("43", 778)):
        (tmp_path / pid / "fd").mkdir(parents=True)
        (tmp_path / pid / "fd" / "3").symlink_to(f"socket:[{inode}]")
        (tmp_path / pid / "comm").write_text("python\n")
        (tmp_path / pid / "cwd").symlink_to("/home/me/clone")
    (tmp_path / "41").mkdir()  # one that has just ended, or is another user's
    return tmp_path


def test_names_the_process_that_listens(proc: Path) -> None:
    assert describe_listener(4566, proc) == "python (pid 42, started in /home/me/clone)"


def test_names_nobody_for_a_port_nobody_listens_on(proc: Path) -> None:
    assert describe_listener(4567, proc) is None


def test_names_nobody_where_there_is_no_proc(tmp_path: Path) -> None:
    assert describe_listener(4566, tmp_path / "none") is None
