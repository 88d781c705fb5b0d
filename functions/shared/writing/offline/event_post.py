"""What a post about a market's page says, block by block, the most important first."""

from collections.abc import Callable

from functions.shared.domain.network import Network
from functions.shared.writing.briefs import PostBrief
from functions.shared.writing.offline.told_facts import ToldFacts
from functions.shared.writing.offline.voice import Voice

_INSIGHTS = (
    "A market price is not a promise. It is the point where people with money at stake stop agreeing.",
    "What makes such prices worth reading: being wrong costs the people who set them.",
    "The figure matters less than its direction, and its direction less than the reason for it.",
    "Thinly traded prices deserve a shrug, heavily traded ones a second look.",
    "Headlines say what happened. Prices say how much it changed.",
)
_INSIGHT_ON_A_FAVOURITE = "A favourite that is not near certainty leaves room for others, and prices say how much."
_QUESTIONS = (
    "Which way would you correct this price, and what do you know that the market does not?",
    "Does this match what you expected?",
    "What would have to happen for you to change your mind?",
    "Where do you think the market has it wrong?",
)
_QUESTION_ON_RANKS = "Would you have guessed that order?"
_LEADS = (
    "People are putting money on this, so we looked at the prices.",
    "Here is something we have been following.",
    "This is where opinion stands, measured in money.",
)
_LEADS_TO_A_SAMPLE = (
    "This is how a market would put it in figures.",
    "An example of opinion measured in money.",
)
_POINTERS = (
    "What moved, what stands behind it and how it resolves.",
    "The whole board, the recent moves and the rules.",
    "The details, and how far to trust them.",
    "How the price got there, and what settles it.",
)


def event_blocks(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    """The post's blocks for its style, or else its network: the first must be kept, the others as far as they fit."""
    if brief.style in _STYLES:
        return _STYLES[brief.style](brief, facts, voice)
    return _WRITERS[brief.network](brief, facts, voice)


def _short(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    """X and Bluesky: one point, with the board or the money as its proof."""
    proof = voice.pick(facts.board(" · "), facts.prices(voice), facts.change(voice) or facts.prices(voice))
    pointer = voice.pick(*_POINTERS) if brief.link else ""
    return voice.pick(
        [brief.topic, proof or facts.money(), pointer],
        [proof or brief.topic, brief.topic if proof else "", pointer],
        [brief.topic, facts.money() or proof, pointer],
    )


def _linkedin(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    figures = _joined(facts.prices(voice), facts.change(voice))
    behind = _joined(facts.money(), facts.end(voice))
    insight, question = _insight(facts, voice), _question(facts, voice)
    body = voice.pick([figures, insight, behind], [insight, figures, behind], [figures, behind, insight])
    return [_sentence(brief.topic), *body, question]


def _facebook(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    lead = voice.pick(*(_LEADS_TO_A_SAMPLE if facts.sample else _LEADS))
    figures = _joined(facts.prices(voice), voice.pick(facts.change(voice), facts.end(voice), facts.money()))
    blocks = voice.pick([brief.topic, _joined(lead, figures)], [brief.topic, figures, _insight(facts, voice)])
    return [*blocks, _question(facts, voice)]


def _instagram(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    board = "\n".join(f"▪️ {name}: {figure}" for name, figure in facts.outcomes[:5])
    notes = "\n".join(filter(None, (facts.change(voice), facts.money(), facts.end(voice))))
    later = "Save this for later." if facts.sample else "Save this and compare it next week."
    closing = voice.pick(later, "The full page is on our site.", _question(facts, voice))
    return [brief.topic, board, notes, _insight(facts, voice), closing]


def _mastodon(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    figures = _joined(facts.prices(voice), voice.pick(facts.end(voice), facts.money()))
    return [_sentence(brief.topic), figures, _insight(facts, voice)]


_SHORT = (Network.TWITTER, Network.BLUESKY)
_WRITERS: dict[Network, Callable[[PostBrief, ToldFacts, Voice], list[str]]] = {
    Network.TWITTER: _short,
    Network.BLUESKY: _short,
    Network.LINKEDIN: _linkedin,
    Network.FACEBOOK: _facebook,
    Network.INSTAGRAM: _instagram,
    Network.MASTODON: _mastodon,
}


def _question_first(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    question, asks = _question(facts, voice), brief.topic.endswith("?")
    head = brief.topic if asks else f"{_sentence(brief.topic)} {question}"
    return [head, _figures(brief, facts, voice), *_behind(brief, facts, voice), question if asks else ""]


def _number_first(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    head = " for ".join(reversed(facts.outcomes[0])) + "." if facts.outcomes else facts.money()
    rest = facts.outcomes[1:3]
    others = " · ".join(f"{name} {figure}" for name, figure in rest)
    return [head, brief.topic, others, facts.change(voice), *_behind(brief, facts, voice)]


def _story(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    lead = voice.pick(*(_LEADS_TO_A_SAMPLE if facts.sample else _LEADS))
    moved, prices = facts.change(voice), _figures(brief, facts, voice, moved=False)
    end = facts.end(voice)
    return [f"{_sentence(brief.topic)} {lead}", moved, prices, end, *_behind(brief, facts, voice, end=False)]


def _list(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    points = [f"{name}: {figure}" for name, figure in facts.outcomes[:3]]
    notes = [note for note in (facts.change(voice), facts.money(), facts.end(voice)) if note]
    return [brief.topic, _bullets(points), _bullets(notes[:1]), _bullets(notes[1:])]


def _claim(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    claim = _insight(facts, voice)
    return [claim, brief.topic, _figures(brief, facts, voice), _joined(facts.money(), facts.end(voice))]


_STYLES: dict[str, Callable[[PostBrief, ToldFacts, Voice], list[str]]] = {
    "question": _question_first,
    "number": _number_first,
    "story": _story,
    "list": _list,
    "claim": _claim,
}


def _figures(brief: PostBrief, facts: ToldFacts, voice: Voice, *, moved: bool = True) -> str:
    """The prices, in a sentence where there is room for one, with what moved them; else the money behind."""
    prices = facts.board(" · ") if brief.network in _SHORT else facts.prices(voice)
    return _joined(prices, facts.change(voice) if moved and brief.network not in _SHORT else "") or facts.money()


def _behind(brief: PostBrief, facts: ToldFacts, voice: Voice, *, end: bool = True) -> list[str]:
    """What a network that reads longer posts has room for beside the point."""
    if brief.network in _SHORT:
        return [voice.pick(*_POINTERS) if brief.link else ""]
    return [_joined(facts.money() if facts.outcomes else "", facts.end(voice) if end else ""), _insight(facts, voice)]


def _bullets(points: list[str]) -> str:
    return "\n".join(f"• {point}" for point in points)


def _insight(facts: ToldFacts, voice: Voice) -> str:
    fitting: tuple[str, ...] = (*_INSIGHTS, _INSIGHT_ON_A_FAVOURITE) if facts.ranked else _INSIGHTS
    return voice.pick(*fitting)


def _question(facts: ToldFacts, voice: Voice) -> str:
    fitting: tuple[str, ...] = (*_QUESTIONS, _QUESTION_ON_RANKS) if facts.ranked else _QUESTIONS
    return voice.pick(*fitting)


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
