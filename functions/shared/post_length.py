"""How long a text is, the way each network counts.

X: https://docs.x.com/fundamentals/counting-characters. Its reference implementation decides what is a link by a list
of top-level domains, which is not carried here: a bare word that looks like a domain (`next.Then`) counts as a link
or as its letters, whichever is more. The count is exact otherwise, and never too low.
"""

import re
import unicodedata

import regex

X_LINK_LENGTH = 23
MASTODON_LINK_LENGTH = 23

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_BARE_DOMAIN = re.compile(
    r"(?<![\w@#$./-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w@])(?:/[^\s<>\"]*)?", re.IGNORECASE
)
_CLUSTER = regex.compile(r"\X")
_TRAILING = ".,;:!?'’”)]}"
_RESERVED_DOMAINS = ("localhost", "local", "internal", "test", "example", "invalid")

# Code points X counts as one; all others count as two.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_EMOJI_JOINERS = re.compile("[\u200d\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")

_LINKEDIN_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")


def characters(text: str) -> int:
    """Unicode code points."""
    return len(text)


def graphemes(text: str) -> int:
    """Characters as a reader sees them (UAX #29): a family emoji is one."""
    return len(text) if text.isascii() else len(_CLUSTER.findall(text))


def grapheme_ends(text: str) -> list[int]:
    """The indices at which the text may be cut without splitting what a reader sees as one character."""
    return [match.end() for match in _CLUSTER.finditer(text)]


def link_spans(text: str) -> list[tuple[int, int]]:
    """Where the text has addresses, with or without a scheme, in order."""
    found: list[tuple[int, int]] = []
    for pattern in (_LINK, _BARE_DOMAIN):
        for match in pattern.finditer(text):
            end = match.start() + len(match.group().rstrip(_TRAILING))
            if all(end <= start or match.start() >= stop for start, stop in found):
                found.append((match.start(), end))
    return sorted(found)


def x_weight(text: str) -> int:
    """Weighted length on X: most letters 1, other scripts and emoji 2, a link 23."""
    text = unicodedata.normalize("NFC", text)
    total = 0
    position = 0
    for start, end in link_spans(text):
        total += _plain_weight(text[position:start]) + _link_weight(text[start:end])
        position = end
    return total + _plain_weight(text[position:])


def mastodon_length(text: str) -> int:
    """Graphemes, a link with a scheme counting 23."""
    return graphemes(_LINK.sub("x" * MASTODON_LINK_LENGTH, text))


def linkedin_escaped(text: str) -> str:
    """The text as LinkedIn must be sent it: an unescaped reserved character silently cuts the post off there."""
    return _LINKEDIN_RESERVED.sub(r"\\\g<0>", text)


def linkedin_length(text: str) -> int:
    """Characters after escaping."""
    return len(linkedin_escaped(text))


def _link_weight(link: str) -> int:
    literal = _plain_weight(link)
    if not link.lower().startswith(("http://", "https://")):
        return max(X_LINK_LENGTH, literal)
    host = link.split("/")[2].rsplit(":", 1)[0].lower()
    top_level = host.rpartition(".")[2]
    is_linked = "." in host and top_level not in _RESERVED_DOMAINS and not top_level.isdigit()
    return X_LINK_LENGTH if is_linked else literal


def _plain_weight(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_cluster_weight(cluster) for cluster in _CLUSTER.findall(text))


def _cluster_weight(cluster: str) -> int:
    # In Indic scripts a zero-width joiner stands between letters and makes no emoji.
    if len(cluster) > 1 and not cluster[0].isalpha() and _EMOJI_JOINERS.search(cluster):
        return 2
    return sum(1 if any(low <= ord(point) <= high for low, high in _LIGHT) else 2 for point in cluster)
