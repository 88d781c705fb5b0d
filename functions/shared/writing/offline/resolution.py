"""The section on how and when the market is settled."""

import re

from functions.shared.domain.figures import day
from functions.shared.writing.offline.markup import heading, paragraph
from functions.shared.writing.offline.reading import Reading
from functions.shared.writing.offline.voice import Voice, shortened

_LONGEST_RULES = 700
_SENTENCE_END = re.compile(r"[.!?][\"”’)]*(?=\s|$)")


def resolution(reading: Reading, voice: Voice) -> list[str]:
    """How it resolves, in the market's own words, from which source, and when."""
    title = voice.pick(
        "How it is settled", "How and when this resolves", "What counts as an answer", "The rules, and the date"
    )
    return [
        heading(title),
        *_rules(reading, voice),
        paragraph(_source(reading, voice), _date(reading, voice)),
        paragraph(_caution(reading, voice)),
    ]


def _rules(reading: Reading, voice: Voice) -> list[str]:
    rules = _first_sentences(" ".join(reading.event.description.split()))
    if not rules:
        return [paragraph("The market's own page holds the rules; none came with the prices.")]
    lead = voice.pick("The market's rules say:", "In the market's own words:", "What the rules state:")
    return [paragraph(lead), paragraph(rules)]


def _first_sentences(text: str) -> str:
    """As many whole sentences as fit, or a shortened one when not even that fits."""
    if len(text) <= _LONGEST_RULES:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text) if match.end() <= _LONGEST_RULES]
    return text[: ends[-1]] if ends and ends[-1] > _LONGEST_RULES // 3 else shortened(text, _LONGEST_RULES)


def _source(reading: Reading, voice: Voice) -> str:
    source = reading.event.resolution_source.strip()
    if not source:
        return ""
    source = shortened(source, 200)
    return voice.pick(f"The source it is settled by: {source}.", f"Named as the deciding source: {source}.")


def _date(reading: Reading, voice: Voice) -> str:
    end = reading.event.end_date
    if end is None:
        return voice.pick(
            "No closing date is given, so the market stays open until the outcome is known.",
            "The data names no end date.",
        )
    if reading.closed:
        return voice.pick(
            f"Its closing date, {day(end)}, has passed: what is still traded is the wait for the result.",
            f"Trading was due to end on {day(end)}, so a result should follow.",
        )
    return voice.pick(
        f"It is due to close on {day(end)}.",
        f"The closing date is {day(end)}; an answer that is known earlier settles it earlier.",
        f"Trading is set to end on {day(end)}.",
    )


def _caution(reading: Reading, voice: Voice) -> str:
    return voice.pick(
        "Rules decide, not headlines: an event that seems to settle the question may not meet the wording.",
        "Where wording and common sense part, the wording is what counts.",
        "A price always answers the question as the rules put it, which may be narrower than the title.",
    )
