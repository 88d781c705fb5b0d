"""What a post says when nothing is known but its topic: honest questions and ways to think, no invented facts."""

from collections.abc import Callable

from functions.shared.domain.network import Network
from functions.shared.writing.briefs import PostBrief
from functions.shared.writing.offline.voice import Voice, capitalised

_FRIENDLY = frozenset({"friendly", "casual", "warm", "playful", "fun", "funny", "witty", "humorous", "relaxed"})
_FORMAL = frozenset({"formal", "expert", "professional", "authoritative", "serious", "academic", "analytical"})

_OPENERS = {
    "friendly": (
        "Let's talk about this.",
        "Been turning this over for a while.",
        "Here is a thought for today.",
        "Grab a coffee, this is worth a minute.",
    ),
    "formal": (
        "This deserves a more careful look than it usually gets.",
        "A topic on which opinion is common and analysis is rare.",
        "It is worth separating what is known here from what is assumed.",
    ),
    "plain": (
        "Worth getting right.",
        "Most talk about this starts at the wrong end.",
        "The useful part is rarely the loud part.",
        "Start with the question, not with the answer.",
    ),
}
_CHECKS = (
    "What is known, and what is only assumed?",
    "Who gains if this works, and who pays if it does not?",
    "What would show, early and cheaply, that it goes wrong?",
    "Which part of it is new, and which has been tried before?",
    "What changes on an ordinary Monday because of it?",
    "What would the people who disagree say, put as well as they would put it?",
    "Which decision can wait until more is known, and which cannot?",
    "What is the smallest step that would teach something?",
)
_THOUGHTS = (
    "A clear question does more here than a quick answer: write down what would change your mind, then read on.",
    "Progress usually begins with something small enough to measure, not with something large enough to announce.",
    "The strongest position is the one whose weak points its holder can name.",
    "Advice that fits everybody fits nobody: start from your own situation, then look at what others do.",
    "What sounds obvious is worth testing exactly because nobody does.",
    "Good decisions and good outcomes are different things. Judge the first by what could be known at the time.",
)
_ASKS = {
    "friendly": ("How do you see it?", "What has worked for you?", "Tell us where we are wrong!", "Who has tried it?"),
    "formal": (
        "What evidence has shaped your own view?",
        "Where would you draw the line in practice?",
        "Which consideration is missing here?",
    ),
    "plain": ("What would you add?", "Where do you stand, and why?", "What did you learn the hard way?"),
}


QUOTE = "\0"
"""Stands for a sentence of the organisation's own sources, which whoever fits the blocks chooses."""


def topic_blocks(brief: PostBrief, voice: Voice) -> list[str]:
    """The post's blocks for its style, or else its network, and its tone: the first is kept, the others as they fit.

    Where the brief has context, one of them stands for a quote.
    """
    manner = _manner(brief.tone or "")
    if brief.style in _STYLES and (brief.context or brief.style != "number"):
        return _STYLES[brief.style](brief, manner, voice)
    head, *others = _WRITERS[brief.network](brief.topic, manner, voice)
    return [head, *([QUOTE] if brief.context else []), *others]


def _manner(tone: str) -> str:
    words = set(tone.casefold().replace(",", " ").split())
    if words & _FRIENDLY:
        return "friendly"
    return "formal" if words & _FORMAL else "plain"


def _short(topic: str, manner: str, voice: Voice) -> list[str]:
    check = voice.shuffled(_CHECKS)[0]
    return voice.pick(
        [_headed(topic), check],
        [_headed(topic), f"{voice.pick(*_OPENERS[manner])} {check}"],
        [_headed(topic), voice.pick(*_THOUGHTS), voice.pick(*_ASKS[manner])],
    )


def _linkedin(topic: str, manner: str, voice: Voice) -> list[str]:
    checks = voice.shuffled(_CHECKS)[:3]
    lead = voice.pick("Questions that help:", "What I would want answered first:", "A short list to think with:")
    return [
        _sentence(topic),
        voice.pick(*_OPENERS[manner]),
        "\n".join([lead, *(f"• {check}" for check in checks)]),
        voice.pick(*_THOUGHTS),
        voice.pick(*_ASKS[manner]),
    ]


def _facebook(topic: str, manner: str, voice: Voice) -> list[str]:
    thought, check = voice.pick(*_THOUGHTS), voice.pick(*_CHECKS)
    return voice.pick(
        [_sentence(topic), f"{voice.pick(*_OPENERS[manner])} {thought}", voice.pick(*_ASKS[manner])],
        [
            _sentence(topic),
            f"{voice.pick(*_OPENERS[manner])} For a start: {_lowered(check)}",
            voice.pick(*_ASKS[manner]),
        ],
    )


def _instagram(topic: str, manner: str, voice: Voice) -> list[str]:
    checks = voice.shuffled(_CHECKS)[:3]
    return [
        _sentence(topic),
        voice.pick(*_OPENERS[manner]),
        "\n".join(f"▪️ {check}" for check in checks),
        voice.pick(*_THOUGHTS),
        voice.pick("Save this for later.", *_ASKS[manner]),
    ]


def _mastodon(topic: str, manner: str, voice: Voice) -> list[str]:
    first, second = voice.shuffled(_CHECKS)[:2]
    return [
        _sentence(topic),
        voice.pick(*_THOUGHTS),
        voice.pick(f"{first} {second}", first, voice.pick(*_ASKS[manner])),
    ]


_WRITERS: dict[Network, Callable[[str, str, Voice], list[str]]] = {
    Network.TWITTER: _short,
    Network.BLUESKY: _short,
    Network.LINKEDIN: _linkedin,
    Network.FACEBOOK: _facebook,
    Network.INSTAGRAM: _instagram,
    Network.MASTODON: _mastodon,
}


def _question_first(brief: PostBrief, manner: str, voice: Voice) -> list[str]:
    check = voice.pick(*_CHECKS)
    head = brief.topic if brief.topic.endswith("?") else f"{_headed(brief.topic)} {check}"
    return [head, QUOTE, voice.pick(*_THOUGHTS), voice.pick(*_ASKS[manner])]


def _number_first(brief: PostBrief, manner: str, voice: Voice) -> list[str]:
    return [QUOTE, _sentence(brief.topic), voice.pick(*_THOUGHTS), voice.pick(*_ASKS[manner])]


def _story(brief: PostBrief, manner: str, voice: Voice) -> list[str]:
    head = f"{_sentence(brief.topic)} {voice.pick(*_OPENERS[manner])}"
    return [head, QUOTE, voice.pick(*_THOUGHTS), voice.pick(*_ASKS[manner])]


def _list(brief: PostBrief, manner: str, voice: Voice) -> list[str]:
    first, second, third = voice.shuffled(_CHECKS)[:3]
    return [_headed(brief.topic), QUOTE, f"• {first}\n• {second}", f"• {third}", voice.pick(*_ASKS[manner])]


def _claim(brief: PostBrief, manner: str, voice: Voice) -> list[str]:
    return [_headed(brief.topic), voice.pick(*_THOUGHTS), QUOTE, voice.pick(*_CHECKS), voice.pick(*_ASKS[manner])]


_STYLES: dict[str, Callable[[PostBrief, str, Voice], list[str]]] = {
    "question": _question_first,
    "number": _number_first,
    "story": _story,
    "list": _list,
    "claim": _claim,
}


def _headed(topic: str) -> str:
    return topic if topic.endswith((".", "!", "?", "…", ":")) else f"{topic}:"


def _sentence(topic: str) -> str:
    topic = capitalised(topic)
    return topic if topic.endswith((".", "!", "?", "…")) else f"{topic}."


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
