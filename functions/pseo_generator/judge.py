"""Cleans a model's draft of a page and says what is wrong with it, in sentences fit to tell the model.

What is wrong must not be published: figures and addresses that are not in the event's data, fields with nothing in
them. What is thin or
untidy is asked to be done better, and published all the same: a short text is no reason to lose a page.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from functions.pseo_generator.clean_html import blocks_of, clean_html
from functions.pseo_generator.numbers.check import unsupported
from functions.pseo_generator.numbers.evidence import Evidence, evidence_of
from functions.shared.kernel.errors import PermanentError
from functions.shared.writing.briefs import WANTED, PageBrief, PageDraft
from functions.shared.writing.proof.domain_names import domains_in

_ADDRESS = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"”’)]+", re.IGNORECASE)
_MARKDOWN = re.compile(r"```|\*\*\w|^#{1,6} |\]\(")


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's texts, cleaned: plain ones on one line, `body_html` safe to publish."""

    title: str
    description: str
    keywords: tuple[str, ...]
    body_html: str
    image_prompt: str


def judge_for(brief: PageBrief) -> Callable[[PageDraft], list[str]]:
    """A check of drafts written from this brief; no problems, no sentences."""
    evidence = evidence_of(brief)
    return lambda draft: _problems(cleaned(draft), brief, evidence)


def wishes(draft: PageDraft) -> list[str]:
    """What the draft could do better, though it may be published as it is."""
    text = cleaned(draft)
    asked = (
        (len(text.title) < WANTED.title, f"The title should have at least {WANTED.title} characters."),
        (
            len(text.description) < WANTED.description,
            f"The description should have at least {WANTED.description} characters.",
        ),
        (len(text.keywords) < WANTED.keywords, f"There should be at least {WANTED.keywords} different keywords."),
        (
            is_thin(text.body_html),
            f"body_html should hold at least {WANTED.body} characters of text in allowed elements.",
        ),
        (any(_MARKDOWN.search(block) for block in blocks_of(text.body_html)), "body_html should not hold Markdown."),
    )
    return [wish for is_so, wish in asked if is_so]


def is_thin(body_html: str) -> bool:
    """Whether a page's cleaned text is shorter than wanted."""
    return sum(map(len, blocks_of(body_html))) < WANTED.body


def accepted(draft: PageDraft, brief: PageBrief) -> PageText:
    """The cleaned draft; PermanentError when it must not be published."""
    text = cleaned(draft)
    problems = _problems(text, brief, evidence_of(brief))
    if problems:
        raise PermanentError(f"the text cannot be published: {' '.join(problems)}")
    return text


def cleaned(draft: PageDraft) -> PageText:
    """The draft without markup where none belongs, and with allowed markup only where some does."""
    return PageText(
        title=_line(draft.title),
        description=_line(draft.description),
        keywords=tuple(dict.fromkeys(keyword for each in draft.keywords if (keyword := _line(each)[:80]))),
        body_html=clean_html(draft.body_html),
        image_prompt=_line(draft.image_prompt),
    )


def _line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _problems(text: PageText, brief: PageBrief, evidence: Evidence) -> list[str]:
    blocks = blocks_of(text.body_html)
    return [
        *_empty_fields(text, blocks),
        *_made_up(text, blocks, evidence),
        *_foreign_addresses(text, blocks, brief),
        *_foreign_domains(text, brief),
    ]


def _empty_fields(text: PageText, blocks: list[str]) -> list[str]:
    checks = (
        (not text.title, "The title is empty."),
        (not text.description, "The description is empty."),
        (not text.keywords, "There are no keywords."),
        (not blocks, "body_html holds no text in allowed elements."),
        (not text.image_prompt, "image_prompt is empty."),
    )
    return [problem for is_so, problem in checks if is_so]


def _made_up(text: PageText, blocks: list[str], evidence: Evidence) -> list[str]:
    where = {
        "title": [text.title],
        "description": [text.description],
        "keywords": text.keywords,
        "body_html": blocks,
    }
    return [
        f"{field} holds a number that is not in the data: {offence}."
        for field, texts in where.items()
        for offence in unsupported(texts, evidence)
    ]


def _foreign_addresses(text: PageText, blocks: list[str], brief: PageBrief) -> list[str]:
    """Addresses that the event's own texts do not have: context may not send readers anywhere."""
    event = brief.event
    given = "\n".join((event.title, event.description, event.resolution_source or ""))
    named = (found.rstrip(".,;:!?") for shown in _shown(text, blocks) for found in _ADDRESS.findall(shown))
    return [f"The text holds an address, {address}, which no page may." for address in named if address not in given]


def _foreign_domains(text: PageText, brief: PageBrief) -> list[str]:
    """The same without `https://`, where it would become a link: posts begin with the title, and previews show both."""
    if not brief.context:
        return []
    event = brief.event
    given = (event.title, event.description, event.resolution_source or "", *brief.facts, *brief.facts.values())
    known = domains_in("\n".join((*given, *(outcome.name for outcome in event.outcomes))))
    fields = {"title": text.title, "description": text.description}
    return [
        f"The {field} names a website, {domain}, which no page may."
        for field, shown in fields.items()
        for domain in sorted(domains_in(shown) - known)
    ]


def _shown(text: PageText, blocks: list[str]) -> list[str]:
    return [text.title, text.description, *text.keywords, *blocks]
