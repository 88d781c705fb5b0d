"""What tests of bundles ask of a folder, and how they run what is in it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Entry = tuple[str, str, str]


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Make files as somebody with this umask does."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def entries(folder: Path) -> list[Entry]:
    """Path, mode and digest of everything in a folder; a folder's digest is empty."""
    return [
        (
            str(path.relative_to(folder)),
            oct(path.stat().st_mode & 0o777),
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    ]


def said(path: list[Path], code: str) -> str:
    """What `code` prints with nothing but the folders of `path` to import from, and an empty environment."""
    code = f"import sys; sys.path[:0] = {[str(folder) for folder in path]}\n{code}"
    # Isolated and without site-packages: the development environment is out of reach.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=False, env={}, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
