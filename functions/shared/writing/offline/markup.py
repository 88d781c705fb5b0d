"""The few HTML elements a page is made of. All text is escaped here, and nowhere else."""

from collections.abc import Iterable
from html import escape


def heading(text: str, *, level: int = 2) -> str:
    """A section's heading."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(*sentences: str) -> str:
    """One paragraph of these sentences; empty ones are left out, and nothing is made of none."""
    text = " ".join(sentence for sentence in sentences if sentence)
    return f"<p>{escape(text)}</p>" if text else ""


def bullets(items: Iterable[str], *, ordered: bool = False) -> str:
    """A list of sentences."""
    tag = "ol" if ordered else "ul"
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<{tag}>{lines}</{tag}>" if lines else ""


def labelled(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of figures, each behind its label."""
    lines = "".join(f"<li><strong>{escape(label)}:</strong> {escape(text)}</li>" for label, text in pairs)
    return f"<ul>{lines}</ul>" if lines else ""
