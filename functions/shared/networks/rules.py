"""What a network allows in a post, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PostRules:
    """One network's rules.

    `max_length` is in the network's own counting, done by `count`. `links_clickable` tells whether an address in
    the text can be followed: where it cannot, none is put in. `style` is said to the writer. `request` is the whole
    request that would post a text at a base URL, for the preview; None while nothing is posted there.
    """

    max_length: int
    count: Callable[[str], int]
    max_hashtags: int
    links_clickable: bool
    style: str
    max_bytes: int | None = None
    request: Callable[[str, str], Mapping[str, Any]] | None = None
