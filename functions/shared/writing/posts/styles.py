"""How a post can be built, whatever it says: what is compared and chosen among."""

from collections.abc import Mapping

STYLES: Mapping[str, str] = {
    "question": "Open with one honest question that readers can answer from what they know, and build on it.",
    "number": (
        "Open with the single most telling figure that you were given, then say what it means. "
        "Where you were given none, open with the most concrete thing you were given."
    ),
    "story": (
        "Tell it as a short course of events: where things stood, what changed, what is still open. "
        "Invent no person and no event."
    ),
    "list": "One line that says what it is about, then three or four short points, each on a line of its own.",
    "claim": "Open with one plain statement that can be disagreed with, then give the reason for it.",
}
"""Each style by the name it is counted under, and as the writer is told it."""
