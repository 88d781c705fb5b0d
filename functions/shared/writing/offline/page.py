"""Writes a page from an event's data."""

from collections.abc import Callable

from functions.shared.writing.briefs import PageBrief, PageDraft
from functions.shared.writing.offline import headline
from functions.shared.writing.offline.background import background
from functions.shared.writing.offline.money import money
from functions.shared.writing.offline.movement import movement
from functions.shared.writing.offline.openings import opening
from functions.shared.writing.offline.outlook import how_to_read, watch
from functions.shared.writing.offline.reading import Reading
from functions.shared.writing.offline.resolution import resolution
from functions.shared.writing.offline.standing import standing
from functions.shared.writing.offline.voice import Voice

_Section = Callable[[Reading, Voice], list[str]]

_ORDERS: tuple[tuple[_Section, ...], ...] = (
    (standing, movement, money, resolution, watch, how_to_read),
    (movement, standing, money, how_to_read, resolution, watch),
    (standing, money, movement, watch, resolution, how_to_read),
    (how_to_read, standing, movement, money, watch, resolution),
    (resolution, standing, movement, money, how_to_read, watch),
    (money, movement, standing, resolution, how_to_read, watch),
)


def write_page(brief: PageBrief, *, seed: str) -> PageDraft:
    """A page that says nothing but what the brief's event and facts say, in a build and wording its seed chooses.

    What the brief's context says has a section of its own, marked as such.
    """
    reading, voice = Reading(brief.event), Voice(seed)
    blocks = opening(reading, voice, brief.facts)
    for section in voice.pick(*_ORDERS):
        blocks += section(reading, voice)
    blocks += background(brief.context, brief.event.title, voice)
    return PageDraft(
        title=headline.title(reading, voice),
        description=headline.description(reading, voice),
        keywords=headline.keywords(reading),
        body_html="\n".join(block for block in blocks if block),
        image_prompt=headline.image_prompt(reading, voice),
    )
