"""The figures of a page that a post may name, printed as on the page."""

from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal

from functions.shared.content import Page

_NAMED_OUTCOMES = 3
_SCALES = ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"))


def page_facts(page: Page) -> dict[str, str]:
    """Label -> printed figure; what the market did not tell is left out."""
    event = page.event
    facts = {
        f"{outcome.name}: probability": percent(outcome.probability)
        for outcome in event.outcomes[:_NAMED_OUTCOMES]
        if outcome.probability is not None
    }
    if event.volume_24h is not None:
        facts["Volume in the last 24 hours"] = dollars(event.volume_24h)
    if event.volume is not None:
        facts["Volume since opening"] = dollars(event.volume)
    if event.end_date is not None:
        end = event.end_date.astimezone(UTC)
        facts["Ends"] = f"{end.day} {end:%B %Y}"
    return facts


def percent(probability: Decimal) -> str:
    """`37.5%` for 0.375; two decimals near the ends, where they matter."""
    near_an_end = not Decimal("0.02") <= probability <= Decimal("0.98")
    return f"{_trimmed(probability * 100, 2 if near_an_end else 1)}%"


def dollars(amount: Decimal) -> str:
    """`$5.7 million`, `$129,643`."""
    for scale, word in _SCALES:
        if _rounded(amount / scale, 1) >= 1:
            return f"${_trimmed(amount / scale, 1)} {word}"
    return f"${_rounded(amount, 0):,}"


def _rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _trimmed(number: Decimal, decimals: int) -> str:
    text = f"{_rounded(number, decimals):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
