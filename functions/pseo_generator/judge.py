"""Cleans a model's draft of a page and says what is wrong with it, in sentences fit to tell the model."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from functions.pseo_generator.clean_html import blocks_of, clean_html
from functions.pseo_generator.numbers.check import unsupported
from functions.pseo_generator.numbers.evidence import Evidence, evidence_of
from functions.shared.ai.briefs import PageBrief, PageDraft
from functions.shared.errors import PermanentError

MIN_BODY_CHARACTERS = 400
_MIN_TITLE_CHARACTERS = 10
_MIN_DESCRIPTION_CHARACTERS = 50
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
    return lambda draft: _problems(cleaned(draft), evidence)


def accepted(draft: PageDraft, brief: PageBrief) -> PageText:
    """The cleaned draft; PermanentError when it must not be published."""
    text = cleaned(draft)
    problems = _problems(text, evidence_of(brief))
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


def _problems(text: PageText, evidence: Evidence) -> list[str]:
    blocks = blocks_of(text.body_html)
    return [*_shortcomings(text, blocks), *_made_up(text, blocks, evidence)]


def _shortcomings(text: PageText, blocks: list[str]) -> list[str]:
    checks = (
        (len(text.title) < _MIN_TITLE_CHARACTERS, "The title is too short."),
        (len(text.description) < _MIN_DESCRIPTION_CHARACTERS, "The description is too short."),
        (not text.keywords, "There are no keywords."),
        (
            sum(map(len, blocks)) < MIN_BODY_CHARACTERS,
            f"body_html must hold at least {MIN_BODY_CHARACTERS} characters of text in allowed elements.",
        ),
        (any(_MARKDOWN.search(block) for block in blocks), "body_html must not hold Markdown."),
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
