"""Bytes of unknown encoding to text: what was declared is one hint among others, because it is so often wrong."""

import codecs
import re

import charset_normalizer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""")

# What is said, and what is meant (WHATWG Encoding Standard, section 4.2): each is the first one's superset.
_MEANT = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932"}
_WESTERN = re.compile("[\x00-\x7fÀ-ÖØ-öø-ÿŠšŽžŒœŸ‘’‚“”„–—…•€£§©®°«»·¡´ºª\xa0]*")
_ACCENTS_ALONE = re.compile("[À-ÖØ-öø-ÿ]{4}")
_SEVEN_BIT = ("iso2022", "hz")
_SAMPLE = 100_000
_FEW = 20


def decode(body: bytes, declared: str | None = None) -> str:
    """A byte order mark decides; then whether it is UTF-8; then what was declared; then what its letters look like."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff")
    inside = _DECLARED.search(body, 0, 2048)
    hints = (declared, inside[1].decode() if inside else None)
    names = [codec for hint in hints if hint and (codec := _codec(hint))]
    seven_bit = [name for name in names if name.startswith(_SEVEN_BIT)]
    for name in (*seven_bit, "utf-8", *names):
        if (text := _strictly(body, name)) is not None:
            return text
    return _nearly_utf8(body) or body.decode(_guess(body), "replace")


def _codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _MEANT.get(found, found)


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):  # LookupError: a codec, but none for texts
        return None


def _nearly_utf8(body: bytes) -> str | None:
    """UTF-8 with a few broken characters, as cutting and mixing leave it."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    others = sum(map(len, re.findall(r"[^\x00-\x7f\ufffd]+", text)))
    return text if others > broken * _FEW else None


def _guess(body: bytes) -> str:
    """Western where that makes words with accents, which are too few to tell by; else by the letters' frequencies."""
    sample = body[:_SAMPLE]
    western = _strictly(sample, "cp1252")
    if western and _WESTERN.fullmatch(western) and not _ACCENTS_ALONE.search(western):
        return "cp1252"
    best = charset_normalizer.from_bytes(sample).best()
    return best.encoding if best else "cp1252"
