"""When two failures have one cause: the same happened to the same kind of thing for the same reason. Decision 0020.

What differs from one case to the next is left out of the reason: what the case is about, where that is known by name,
addresses, quoted names, ids, numbers. A status that
a server answered with is kept, because 401 and 500 are mended by different people.
"""

import hashlib
import re
from collections.abc import Iterable

_ADDRESSES = re.compile(r"\w+://\S+|\S+@\S+|(?<!\S)/\S+")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|«[^»]*»|`[^`]*`|(?<!\w)'[^']*'(?!\w)")
_BEFORE_A_STATUS = ("answered", "status", "http", "code", "error")
_STATUS = re.compile(r"[1-5]\d\d")
_PUNCTUATION = ".,;:!?()[]{}<>"


_LEAST_LETTERS = 3


def cause_of(kind: str, about: str, reason: str, names: Iterable[str] = ()) -> str:
    """What all failures of one cause have in common, as a short digest; `names` are those of the single case."""
    text = "\x1f".join((kind, about, normalised(reason, names)))
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


def normalised(reason: str, names: Iterable[str] = ()) -> str:
    """The reason in lower case, with what is of the single case as `#`."""
    for name in sorted(names, key=len, reverse=True):
        if len(name) >= _LEAST_LETTERS:
            reason = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " # ", reason, flags=re.IGNORECASE)
    text = _QUOTED.sub(" # ", _ADDRESSES.sub(" # ", reason.lower()))
    words = text.split()
    return " ".join(_general(before, word) for before, word in zip(["", *words], words, strict=False))


def _general(before: str, word: str) -> str:
    core = word.strip(_PUNCTUATION)
    if not any(character.isdigit() for character in core):
        return core
    is_status = before.strip(_PUNCTUATION) in _BEFORE_A_STATUS and _STATUS.fullmatch(core)
    return core if is_status else "#"
