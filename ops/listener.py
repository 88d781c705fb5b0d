"""Finds out who already listens on a port, for an error message that names them."""

import socket
from pathlib import Path

_LISTEN = "0A"


def is_free(port: int) -> bool:
    """Whether 127.0.0.1:`port` can be bound."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def describe_listener(port: int, proc: Path = Path("/proc")) -> str | None:
    """The process that listens on `port`, such as `python (pid 42, started in /home/me/clone)`; None if unknown."""
    inodes = _listening_inodes(port, proc)
    for process in proc.glob("[0-9]*"):
        try:
            if inodes & {link.readlink().name for link in (process / "fd").iterdir()}:
                name = (process / "comm").read_text().strip()
                return f"{name} (pid {process.name}, started in {(process / 'cwd').readlink()})"
        except OSError:
            continue  # it ended meanwhile, or is another user's
    return None


def _listening_inodes(port: int, proc: Path) -> set[str]:
    found = set()
    for table in (proc / "net" / "tcp", proc / "net" / "tcp6"):
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        for fields in map(str.split, lines):
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found
