"""What a post about a market's page says, block by block, the most important first."""

from collections.abc import Callable

from functions.shared.ai.briefs import PostBrief
from functions.shared.ai.offline.told_facts import ToldFacts
from functions.shared.ai.offline.voice import Voice
from functions.shared.networks import Network

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
    """The post's blocks for its network: the first must be kept, the others as far as there is room."""
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


_WRITERS: dict[Network, Callable[[PostBrief, ToldFacts, Voice], list[str]]] = {
    Network.TWITTER: _short,
    Network.BLUESKY: _short,
    Network.LINKEDIN: _linkedin,
    Network.FACEBOOK: _facebook,
    Network.INSTAGRAM: _instagram,
    Network.MASTODON: _mastodon,
}


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
