"""What a post about a market's page says, block by block, the most important first."""

from functions.shared.ai.briefs import PostBrief
from functions.shared.ai.offline.told_facts import ToldFacts
from functions.shared.ai.offline.voice import Voice
from functions.shared.networks import Network

_INSIGHTS = (
    "A market price is not a promise. It is the point where people with money at stake stop agreeing.",
    "What makes such prices worth reading: being wrong costs the people who set them.",
    "The figure matters less than its direction, and its direction less than the reason for it.",
    "A favourite that is not near certainty leaves room for others, and prices say how much.",
    "Thinly traded prices deserve a shrug, heavily traded ones a second look.",
    "Headlines say what happened. Prices say how much it changed.",
)
_QUESTIONS = (
    "Which way would you correct this price, and what do you know that the market does not?",
    "Does this match what you expected?",
    "What would have to happen for you to change your mind?",
    "Where do you think the market has it wrong?",
    "Would you have guessed that order?",
)
_POINTERS = (
    "What moved, what stands behind it and how it resolves.",
    "The whole board, the recent moves and the rules.",
    "The details, and how far to trust them.",
    "How the price got there, and what settles it.",
)


def event_blocks(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    """The post's blocks for its network: the first must be kept, the others as far as there is room."""
    if brief.network is Network.LINKEDIN:
        return _linkedin(brief, facts, voice)
    if brief.network is Network.FACEBOOK:
        return _facebook(brief, facts, voice)
    if brief.network is Network.INSTAGRAM:
        return _instagram(brief, facts, voice)
    if brief.network is Network.MASTODON:
        return _mastodon(brief, facts, voice)
    return _short(brief, facts, voice)


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
    insight, question = voice.pick(*_INSIGHTS), voice.pick(*_QUESTIONS)
    body = voice.pick([figures, insight, behind], [insight, figures, behind], [figures, behind, insight])
    return [_sentence(brief.topic), *body, question]


def _facebook(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    lead = voice.pick(
        "People are putting money on this, so we looked at the prices.",
        "Here is something we have been following.",
        "This is where opinion stands, measured in money.",
    )
    figures = _joined(facts.prices(voice), voice.pick(facts.change(voice), facts.end(voice), facts.money()))
    blocks = voice.pick([brief.topic, _joined(lead, figures)], [brief.topic, figures, voice.pick(*_INSIGHTS)])
    return [*blocks, voice.pick(*_QUESTIONS)]


def _instagram(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    board = "\n".join(f"▪️ {name}: {figure}" for name, figure in facts.outcomes[:5])
    notes = "\n".join(filter(None, (facts.change(voice), facts.money(), facts.end(voice))))
    closing = voice.pick(
        "Save this and compare it next week.", "The full page is on our site.", voice.pick(*_QUESTIONS)
    )
    return [brief.topic, board, notes, voice.pick(*_INSIGHTS), closing]


def _mastodon(brief: PostBrief, facts: ToldFacts, voice: Voice) -> list[str]:
    figures = _joined(facts.prices(voice), voice.pick(facts.end(voice), facts.money()))
    return [_sentence(brief.topic), figures, voice.pick(*_INSIGHTS)]


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
