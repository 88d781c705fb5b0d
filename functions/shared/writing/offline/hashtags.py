"""Hashtags from a text's own words."""

import re
from itertools import pairwise

_WORD = re.compile(r"[^\W\d_][\w'’]*")
_SHORTEST, _LONGEST = 4, 28
# Words of four letters and more that name no subject.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """about above after again against ahead all also among another any anything april august away back because
        been before being below best better between both came cannot come could december does doing done down during
        each either else enough even ever every everything favoured february from gets give gives goes good have
        having here into january july june just keep know last least less like likely look made make many march
        market markets matters means might month more most much must near need never next nothing november october
        once only open opens other over part people percent plan plans point points prefer price prices really replace
        says september shall should since some something still such take takes than that their them then there these
        they thing things think this those through time today toward traders traffic truly under unlikely until upon
        used very want week well were what when where whether which while whom whose will wins with within without
        would year years your""",
    )
)


def hashtags(text: str, general: tuple[str, ...], most: int) -> list[str]:
    """Up to `most` tags without their sign: a pair of neighbouring words, telling words, then general ones."""
    pairs = [first + second for first, second in _neighbours(text)]
    singles = sorted(dict.fromkeys(_tag(word) for word in _WORD.findall(text) if _tells(word)), key=_rank)
    found: dict[str, str] = {}
    for tag in (*pairs[:1], *general[:1], *singles, *pairs[1:], *general[1:]):
        if len(tag) <= _LONGEST:
            found.setdefault(tag.casefold(), tag)
    return list(found.values())[:most]


def _neighbours(text: str) -> list[tuple[str, str]]:
    """Telling words with only a space between them, written alike: both as names or neither."""
    words = list(_WORD.finditer(text))
    return [
        (_tag(one.group()), _tag(other.group()))
        for one, other in pairwise(words)
        if other.start() == one.end() + 1
        and text[one.end()] == " "
        and one.group()[0].isupper() == other.group()[0].isupper()
        and (_tells(one.group()) and _tells(other.group()))
    ]


def _tells(word: str) -> bool:
    acronym = len(word) > 1 and word.isupper()
    return acronym or (len(word) >= _SHORTEST and word.casefold() not in _COMMON)


def _rank(tag: str) -> tuple[bool, int]:
    """Acronyms before words, long words before short ones."""
    return not tag.isupper(), -len(tag)


def _tag(word: str) -> str:
    bare = re.sub(r"\W+", "", word.removesuffix("'s").removesuffix("’s"))
    return bare[:1].upper() + bare[1:]
