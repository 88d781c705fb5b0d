"""Draws a picture for a page or post as an SVG card: its title, and bars of the leading outcomes."""

from collections.abc import Iterable
from html import escape

from pydantic import BaseModel

from functions.shared.domain.figures import day, dollars
from functions.shared.domain.market import Outcome
from functions.shared.writing.briefs import PageBrief, PostBrief
from functions.shared.writing.models.port import Image, ImageRequest
from functions.shared.writing.offline.reading import Reading, chance, named, probability
from functions.shared.writing.offline.voice import Voice, shortened
from functions.shared.writing.offline.wrap import wrapped

_WIDTH, _HEIGHT, _EDGE = 1200, 630, 76
_FONT = "Inter, Helvetica Neue, Arial, DejaVu Sans, sans-serif"
# Background, its darker end, accent. White text has a contrast of at least 7 to 1 on each background.
_PALETTES = (
    ("#12263f", "#0b1728", "#5bc0eb"),
    ("#1f2937", "#111827", "#34d399"),
    ("#2b1b3d", "#180f24", "#f0a6ca"),
    ("#10312b", "#081c18", "#f4c95d"),
    ("#33201a", "#1d110d", "#ff9f7a"),
)
_BARS, _BAR_TOP, _BAR_STEP = 4, 340, 58
_BAR_LEFT, _BAR_WIDTH = 520, 470


def draw(request: ImageRequest) -> Image | None:
    """The picture of the request's brief in the size asked for; None for a brief it does not know."""
    brief = request.brief
    if isinstance(brief, PageBrief):
        background, dark, accent = Voice(brief.event.event_id).pick(*_PALETTES)
        parts = _event(Reading(brief.event), accent)
    elif isinstance(brief, PostBrief):
        background, dark, accent = Voice(brief.topic).pick(*_PALETTES)
        parts = _topic(brief.topic, accent)
    else:
        return None
    svg = "".join((*_frame(request, background, dark, accent), *parts, "</svg>"))
    return Image(data=svg.encode(), media_type="image/svg+xml")


def subject_of(brief: BaseModel) -> str:
    """What the picture is of, for its readers who cannot see it."""
    if isinstance(brief, PageBrief):
        return brief.event.title
    return brief.topic if isinstance(brief, PostBrief) else ""


def _frame(request: ImageRequest, background: str, dark: str, accent: str) -> Iterable[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{request.width}" height="{request.height}"'
    yield f' viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-family="{_FONT}" fill="#ffffff">'
    yield f"<title>{_safe(subject_of(request.brief))}</title>"
    yield '<defs><linearGradient id="ground" x1="0" y1="0" x2="1" y2="1">'
    yield f'<stop offset="0" stop-color="{background}"/><stop offset="1" stop-color="{dark}"/></linearGradient></defs>'
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="url(#ground)"/>'
    yield f'<rect width="14" height="{_HEIGHT}" fill="{accent}"/>'


def _event(reading: Reading, accent: str) -> Iterable[str]:
    yield _text(_EDGE, 98, 24, "WHAT THE MARKET SAYS", fill=accent, weight=600, extra=' letter-spacing="3"')
    lines, size = wrapped(reading.event.title, width=_WIDTH - 2 * _EDGE, sizes=(58, 48, 40), most=3)
    for number, line in enumerate(lines):
        yield _text(_EDGE, 108 + round(size * 1.2) * (number + 1), size, line, weight=700)
    for number, outcome in enumerate(reading.priced[:_BARS]):
        yield from _bar(_BAR_TOP + _BAR_STEP * number, outcome, accent, leading=number == 0 or not reading.leads)
    yield _text(_EDGE, _HEIGHT - 30, 20, _footer(reading), fill="#c5cdd8")


def _bar(top: int, outcome: Outcome, accent: str, *, leading: bool) -> Iterable[str]:
    filled = max(6, round(_BAR_WIDTH * float(probability(outcome))))
    opacity = "1" if leading else "0.55"
    yield _text(_EDGE, top + 26, 27, shortened(named(outcome), 30), weight=600 if leading else 400)
    for width, colour, share in ((_BAR_WIDTH, "#ffffff", "0.1"), (filled, accent, opacity)):
        yield f'<rect x="{_BAR_LEFT}" y="{top}" width="{width}" height="34" rx="6"'
        yield f' fill="{colour}" fill-opacity="{share}"/>'
    yield _text(_WIDTH - _EDGE, top + 27, 29, chance(outcome), weight=700, extra=' text-anchor="end"')


def _footer(reading: Reading) -> str:
    taken = day(reading.event.captured_at)
    parts = [f"Sample data of {taken}" if reading.event.origin == "sample" else f"Prices of {taken}"]
    if reading.event.volume is not None:
        parts.append(f"{dollars(reading.event.volume)} traded")
    if reading.event.outcome_count > _BARS:
        parts.append(f"{reading.event.outcome_count} outcomes")
    return "  ·  ".join(parts)


def _topic(topic: str, accent: str) -> Iterable[str]:
    lines, size = wrapped(topic, width=_WIDTH - 2 * _EDGE, sizes=(84, 68, 56, 46), most=5)
    step = round(size * 1.22)
    top = (_HEIGHT - step * len(lines)) // 2
    yield f'<rect x="{_EDGE}" y="{max(top - 40, 40)}" width="96" height="8" rx="4" fill="{accent}"/>'
    for number, line in enumerate(lines):
        yield _text(_EDGE, top + step * (number + 1) - round(size * 0.22), size, line, weight=700)


def _text(x: int, y: int, size: int, text: str, *, fill: str = "#ffffff", weight: int = 400, extra: str = "") -> str:
    attributes = f'x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}"{extra}'
    return f"<text {attributes}>{_safe(text)}</text>"


def _safe(text: str) -> str:
    """Escaped, and without characters that XML cannot hold."""
    return escape("".join(character if character.isprintable() else " " for character in text))
