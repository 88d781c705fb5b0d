"""Writes a post: chooses what to say for its network, and fits it into the room there is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from functions.shared.domain.network import Network
from functions.shared.writing.briefs import PostBrief, PostDraft
from functions.shared.writing.offline.event_post import event_blocks
from functions.shared.writing.offline.hashtags import hashtags
from functions.shared.writing.offline.quoting import has_figure, quotes
from functions.shared.writing.offline.told_facts import told
from functions.shared.writing.offline.topic_post import QUOTE, topic_blocks
from functions.shared.writing.offline.voice import Voice, shortened

_MARGIN = 4
_LINK_LENGTH = 23
_SAMPLE = "(sample data)"
_ABOUT_EVENTS = ("PredictionMarkets", "Forecasting", "Probability", "Odds", "MarketWatch")


_TAGS = {
    Network.TWITTER: 1,
    Network.LINKEDIN: 3,
    Network.FACEBOOK: 2,
    Network.INSTAGRAM: 8,
    Network.BLUESKY: 1,
    Network.MASTODON: 3,
}
"""How many hashtags readers of the network expect at most."""


def write_post(brief: PostBrief, *, seed: str) -> PostDraft:
    """A post in its network's manner that states nothing but the brief's facts and leaves room for its link."""
    voice, facts = Voice(f"{seed}/{brief.network}/{brief.topic}"), told(brief.facts)
    about_event = bool(facts.outcomes or facts.amounts)
    tags = hashtags(brief.topic, _ABOUT_EVENTS if about_event else (), _TAGS[brief.network])
    blocks = event_blocks(brief, facts, voice) if about_event else topic_blocks(brief, voice)
    ended = _marked if facts.sample else str
    fit = _Fit(_room(brief, tags), _weight_on(brief.network))
    return PostDraft(text=_fitted(blocks, fit, ended, _quotes(brief)), hashtags=tags)


def _quotes(brief: PostBrief) -> list[str]:
    """What a post may quote, best first: where it is to open with a figure, a sentence with one."""
    found = list(quotes(brief.context, brief.topic))
    return sorted(found, key=lambda quote: not has_figure(quote)) if brief.style == "number" else found


@dataclass(frozen=True, slots=True)
class _Fit:
    """How much room there is, and what texts take of it."""

    room: int
    weight: Callable[[str], int]

    def __call__(self, text: str) -> bool:
        return self.weight(text) <= self.room


def _marked(text: str) -> str:
    """The text with a word that its figures are not live."""
    return f"{text[:-1]} {_SAMPLE}." if text.endswith(".") else f"{text} {_SAMPLE}"


def _room(brief: PostBrief, tags: list[str]) -> int:
    """What is left for the text. A link counts 23 on X, or all its length where X does not know its domain."""
    link = 0 if brief.link is None else max(_LINK_LENGTH, len(brief.link)) + 2
    return brief.max_length - link - sum(len(tag) + 2 for tag in tags) - _MARGIN


def _weight_on(network: Network) -> Callable[[str], int]:
    """Counts at least what the network counts: X weighs characters beyond the Latin and Greek ones double."""
    if network is not Network.TWITTER:
        return lambda text: len(text.encode("utf-16-le")) // 2
    return lambda text: sum(1 if ord(character) < 0x1100 or character in "“”‘’–—" else 2 for character in text)


def _fitted(blocks: list[str], fit: _Fit, ended: Callable[[str], str], quotes: list[str]) -> str:
    """The first block, shortened if it must be, with its ending; then a quote, then the others, as far as they fit."""
    head = next(at for at, block in enumerate(blocks) if block != QUOTE)
    kept = {head: _shortened(blocks[head], fit, ended)}
    if QUOTE in blocks:
        place = blocks.index(QUOTE)
        kept |= next((longer for quote in quotes if fit(_joined(longer := {**kept, place: quote}))), {})
    for at, block in enumerate(blocks):
        longer = {**kept, at: block}
        if block and block != QUOTE and at != head and fit(_joined(longer)):
            kept = longer
    return _joined(kept)


def _joined(kept: Mapping[int, str]) -> str:
    return "\n\n".join(kept[at] for at in sorted(kept))


def _shortened(block: str, fit: _Fit, ended: Callable[[str], str]) -> str:
    text, limit = ended(block), len(block)
    while not fit(text) and limit > 1:
        limit = min(limit - 1, limit * fit.room // fit.weight(text)) if fit.room > 0 else 1
        text = ended(shortened(block, max(limit, 1)))
    return text
