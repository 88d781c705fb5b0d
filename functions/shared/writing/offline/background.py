"""The section of a page that tells what the organisation's own sources say."""

from functions.shared.domain.context.model import Excerpt
from functions.shared.writing.offline.markup import heading, paragraph
from functions.shared.writing.offline.quoting import called, has_figure, quotable
from functions.shared.writing.offline.voice import Voice

_MOST_SENTENCES = 3


def background(context: tuple[Excerpt, ...], topic: str, voice: Voice) -> list[str]:
    """A few sentences of the most relevant source that has some without a figure: a page's figures are the event's."""
    for excerpt in context:
        plain = [sentence for sentence in quotable(excerpt, topic) if not has_figure(sentence)][:_MOST_SENTENCES]
        if plain:
            title = called(excerpt)
            source = f", {title}" if title and not has_figure(title) else ""
            lead = voice.pick("From our own sources", "What our own sources say", "To this, from our own sources")
            return [heading("Background"), paragraph(f"{lead}{source}:", *plain)]
    return []
