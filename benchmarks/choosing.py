"""Processor time of choosing context, of as many items and as long ones as there can be."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from functions.shared.domain.context.choose import choose_context
from functions.shared.domain.context.gather import NEWEST, OLDER
from functions.shared.domain.context.model import MAX_ITEM_CHARACTERS
from tests.support.sources import an_item

LIMIT_SECONDS = 1
_SUBJECT = "Will the central bank cut interest rates before the summer election?"
_NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)


def report() -> list[tuple[str, str, str]]:
    """Rows of figure, value and limit."""
    return [
        _row("short", NEWEST, 2000),
        *(_row("long", count, MAX_ITEM_CHARACTERS) for count in (NEWEST, NEWEST + OLDER)),
    ]


def _row(length: str, count: int, characters: int) -> tuple[str, str, str]:
    texts = _texts(characters)
    items = [
        an_item(_NOW, item_id=str(number), content_hash=str(number), title="A bank's interest", text=next(texts))
        for number in range(count)
    ]
    began = time.process_time()
    choose_context(_SUBJECT, items, now=_NOW)
    took = time.process_time() - began
    return f"{count} {length} items", f"{took:.2f} s", f"< {LIMIT_SECONDS} s; {characters:,} characters each"


def _texts(characters: int) -> Iterator[str]:
    """Sentences of any of 20,000 words, one in a hundred of them of the subject."""
    draw = random.Random(1)  # noqa: S311 - the same texts in every run
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(3, 10))) for _ in range(20_000)]
    words += _SUBJECT.split() * 20
    while True:
        text = " ".join(f"{' '.join(draw.choices(words, k=14))}." for _ in range(characters // 60))
        yield text[:characters]
