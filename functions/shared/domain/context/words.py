"""The words of a text that name its subject, alike however they are inflected and accented."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

# Scripts written without spaces: Hiragana, Katakana, Han and Hangul are compared by pairs of characters.
_UNSPACED = r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W_{_UNSPACED}]+(?:['’][^\W\d_{_UNSPACED}]+)*|[{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# Words that say nothing of a subject in English, German, French, Spanish, Portuguese or Italian, unless they are
# telling in another of these ("war", "man", "son"); and months, which only date a text, as numbers do.
_FILLERS = frozenset(
    """a about above after again all also an and any are as at be been before below best between but by can could did do
    does during each even for from get had has have he her here him his how if in into is it its just many may me more
    most much my new no not now of off on one only or other our out over own per she should so some such than that the
    their them then there these they this those through to too under until up upon us very was way we were what when
    where which while who whom whose why will with within without would yes yet you your
    aber als am auch auf aus bei bis das dass den der des die doch durch ein eine einem einen einer eines er es für
    hatte ich ihr ihre im ist kann kein keine mehr mit nach nicht noch nur ob oder schon sein seine sich sie sind über
    um und uns unser unsere unter vom von vor wann warum was wenn werden wer wie wieder wir wird wo zu zum zur
    au aux avec ce cette ces dans de du elle en est et eux il ils je la le les leur lui mais ne nos notre nous ou où
    par pas pour qu que quel quelle qui sa se ses sur un une vos votre vous été être
    al algo como con cuando cuándo del donde dónde el ella ellos era esta está este esto fue hay las lo los más muy
    nuestra nuestro para pero por porque qué quien quién según ser si sobre su sus también uno unos y ya
    ao aos das dos ela ele foi isso já mas não nas nossa nosso num numa os pela pelo quando sem seu sua à às é
    alla anche che chi ci cosa da dal dalla degli dei della delle di dove gli ho i nel nella non nostra nostro più
    perché quale questa questo sono sul sulla tra
    january february march april june july august september october november december
    januar februar märz mai juni juli oktober dezember janvier février avril juin juillet août septembre octobre
    novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
    diciembre""".split()  # noqa: SIM905 - a list would be a page
)
_LONGEST = 40
_MARKS = dict.fromkeys(range(0x300, 0x370))


def terms(text: str) -> Iterator[str]:
    """The telling words, alike in every inflection; fillers and bare numbers are left out."""
    for word in _spelled(text):
        yield from _stems(word)


def terms_among(text: str, wanted: Collection[str]) -> Iterator[str]:
    """Those of a text's terms that are wanted: several times faster than `terms`, where few are."""
    starts = frozenset(term[:2] for term in wanted)
    for word in _spelled(text):
        start = word[:2]
        # An ASCII word without an apostrophe begins as its stem does.
        if start in starts or not start.isascii() or "'" in word or "’" in word:
            for stem in _stems(word):
                if stem in wanted:
                    yield stem


def _spelled(text: str) -> list[str]:
    """All words as they are written, in small letters."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("\u0307", "")  # left of a Turkish capital İ
    return _WORD.findall(text)


def _stems(word: str) -> tuple[str, ...]:
    """What a word is compared by: one stem, none, or the pairs of characters of a script without spaces."""
    return _cached(word) if len(word) <= _LONGEST else _uncached(word)


def _uncached(word: str) -> tuple[str, ...]:
    if not word.isascii() and _IS_UNSPACED.match(word):
        return tuple(word[at : at + 2] for at in range(max(1, len(word) - 1)))
    word = max(re.split("['’]", word), key=len)  # "tea's", "l'hôtel", "o'neill"
    return () if len(word) < 2 or word in _FILLERS or word.isdigit() else (_stem(word),)


_cached = lru_cache(maxsize=20_000)(_uncached)


def _stem(word: str) -> str:
    """Without accents and the endings of English inflection, and the commonest of German, French and Spanish plurals.

    After steps 1 and 5a of M. F. Porter, "An algorithm for suffix stripping", 1980; what makes another word of one
    ("minister", "ministry") is kept. The stemmers of libraries (Snowball) take that off, too, and make one word of
    "import" and "important".
    """
    plain = word if word.isascii() else unicodedata.normalize("NFKD", word).translate(_MARKS)
    stem = _without_s(plain)
    stem = f"{stem[:-2]}i" if len(stem) > 3 and stem.endswith("ie") else stem
    stem = _without_verb_ending(stem)
    for ending in ("ern", "en", "er", "em"):
        if stem.endswith(ending) and len(stem) - len(ending) >= 5:  # not "corner"
            stem = stem[: -len(ending)]
            break
    if stem.endswith("e") and len(stem) > 3 and not (_measure(stem[:-1]) == 1 and _is_short(stem[:-1])):
        stem = stem[:-1]
    if len(stem) > 3 and stem.endswith("y") and stem[-2] not in "aeiou":
        stem = f"{stem[:-1]}i"
    return _without_s(stem)


def _without_s(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _without_verb_ending(word: str) -> str:
    """One of "hired" or "hiring" as "hire", one of "planned" as "plan"; "speed", "spring" and "bed" as they are."""
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3 or stem.endswith("e") or not _measure(f"{stem}b"):
            continue
        if stem[-1] == stem[-2] and stem[-1] not in "aeioulsz":
            return stem[:-1]
        needs_e = stem.endswith(("at", "bl", "iz")) or (_measure(stem) == 1 and _is_short(stem))
        return f"{stem}e" if needs_e else stem
    return word


def _measure(stem: str) -> int:
    """How often a consonant follows a vowel."""
    return len(re.findall("[aeiouy]+[^aeiouy]+", stem))


def _is_short(stem: str) -> bool:
    """Whether it ends like "hir" and "plan"."""
    return re.search("[^aeiouy][aeiouy][^aeiouywx]$", stem) is not None
