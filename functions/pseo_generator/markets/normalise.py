"""Turns an event as Polymarket's Gamma API gives it into a MarketEvent.

Gamma's shape has traps (https://docs.polymarket.com): lists come as JSON inside strings, amounts as numbers or as
strings, prices with up to 34 digits, dates in two spellings, and closed markets stay `active`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from functions.shared.domain.market import MarketEvent, MarketOrigin, Outcome

MAX_OUTCOMES = 12
_MAX_TITLE = 200
_MAX_NAME = 120
_MAX_DESCRIPTION = 4000
_SLUG = re.compile(r"[a-z0-9-]{1,200}")
_RESERVED_SLUGS = ("index", "sitemap")
_NEARLY_ALL = Decimal("0.9")
_PRICE = Decimal("0.000001")
_CENT = Decimal("0.01")
_LARGEST_AMOUNT = Decimal(10) ** 15

Raw = Mapping[str, Any]


class UnusableEvent(Exception):
    """The event lacks what a page needs; the text says what."""


def normalise(raw: Any, *, origin: MarketOrigin, url: str, captured_at: datetime) -> MarketEvent:
    """The event as Flywheel sees it; UnusableEvent when no page can be made of it."""
    if not isinstance(raw, Mapping):
        raise UnusableEvent("it is not an object")
    _require_open(raw)
    markets = _open_markets(raw)
    outcomes = _outcomes(markets)
    if all(outcome.probability is None for outcome in outcomes):
        raise UnusableEvent("no outcome has a price")
    return MarketEvent(
        event_id=_text(raw, "id", _MAX_NAME) or _missing("id"),
        slug=_slug(raw),
        title=_text(raw, "title", _MAX_TITLE) or _missing("title"),
        description=_paragraphs(raw.get("description") or markets[0].get("description")),
        resolution_source=_text(raw, "resolutionSource", 500) or _text(markets[0], "resolutionSource", 500),
        url=url,
        origin=origin,
        captured_at=captured_at,
        start_date=_moment(raw.get("startDate")),
        end_date=_moment(raw.get("endDate")),
        volume=_amount(raw.get("volume")),
        volume_24h=_amount(raw.get("volume24hr")),
        volume_week=_amount(raw.get("volume1wk")),
        volume_month=_amount(raw.get("volume1mo")),
        liquidity=_amount(raw.get("liquidity")),
        comment_count=_count(raw.get("commentCount")),
        exclusive=_exclusive(raw, markets, outcomes),
        outcome_count=len(outcomes),
        outcomes=tuple(outcomes[:MAX_OUTCOMES]),
    )


def _require_open(raw: Raw) -> None:
    if raw.get("closed") is True or raw.get("archived") is True:
        raise UnusableEvent("it is closed")


def _open_markets(raw: Raw) -> list[Raw]:
    markets = raw.get("markets")
    if not isinstance(markets, list) or not markets:
        raise UnusableEvent("it has no markets")
    found = [market for market in markets if isinstance(market, Mapping) and _is_open(market)]
    if not found:
        raise UnusableEvent("all its markets are closed")
    return found


def _is_open(market: Raw) -> bool:
    """Whether the market still trades. `active` alone says nothing: closed markets keep it."""
    if market.get("closed") is True or market.get("archived") is True or market.get("active") is False:
        return False
    return market.get("umaResolutionStatus") != "resolved"


def _outcomes(markets: Sequence[Raw]) -> list[Outcome]:
    found = _of_one_market(markets[0]) if len(markets) == 1 else _of_many_markets(markets)
    unique = {outcome.name: outcome for outcome in reversed(found)}
    if not unique:
        raise UnusableEvent("its outcomes have no names")
    return sorted(unique.values(), key=_most_probable_first)


def _most_probable_first(outcome: Outcome) -> tuple[bool, Decimal, str]:
    return outcome.probability is None, -(outcome.probability or Decimal()), outcome.name


def _of_one_market(market: Raw) -> list[Outcome]:
    """The market's own outcomes. Changes, bid and ask are the first one's; volumes are the event's already."""
    prices = _prices(market)
    return [
        Outcome(name=name, probability=price, **(_movement(market) if position == 0 else {}))
        for position, (name, price) in enumerate(prices)
    ]


def _of_many_markets(markets: Sequence[Raw]) -> list[Outcome]:
    """One outcome for each market: its group title, with the price of Yes."""
    found = []
    for market in markets:
        prices = _prices(market)
        title = _text(market, "groupItemTitle", _MAX_NAME) or _text(market, "question", _MAX_NAME)
        if not prices or not title:
            continue
        first, price = prices[0]
        name = title if first.casefold() == "yes" else f"{title}: {first}"
        found.append(Outcome(name=name, probability=price, **_amounts(market), **_movement(market)))
    return found


def _prices(market: Raw) -> list[tuple[str, Decimal | None]]:
    """Each named outcome with its price; a market whose prices are all 0 has none yet. Yes comes first."""
    names = [_line(name, _MAX_NAME) for name in _list(market.get("outcomes"))]
    prices = [_price(price) for price in _list(market.get("outcomePrices"))]
    if len(prices) != len(names) or not any(prices):
        prices = [None] * len(names)
    pairs = [(name, price) for name, price in zip(names, prices, strict=True) if name]
    return sorted(pairs, key=lambda pair: pair[0].casefold() != "yes")


def _movement(market: Raw) -> dict[str, Decimal | None]:
    return {
        "change_day": _change(market.get("oneDayPriceChange")),
        "change_week": _change(market.get("oneWeekPriceChange")),
        "change_month": _change(market.get("oneMonthPriceChange")),
        "best_bid": _price(market.get("bestBid")),
        "best_ask": _price(market.get("bestAsk")),
    }


def _amounts(market: Raw) -> dict[str, Decimal | None]:
    return {
        "volume": _amount(market.get("volumeNum", market.get("volume"))),
        "volume_24h": _amount(market.get("volume24hr")),
        "liquidity": _amount(market.get("liquidityNum", market.get("liquidity"))),
    }


def _exclusive(raw: Raw, markets: Sequence[Raw], outcomes: Sequence[Outcome]) -> bool | None:
    """Whether just one of the outcomes will come true.

    Gamma says so by `negRisk`; but where the open outcomes hold only a part of the probability, others are missing.
    """
    if len(markets) == 1:
        return True
    held = sum((outcome.probability or Decimal() for outcome in outcomes[:MAX_OUTCOMES]), Decimal())
    return True if raw.get("negRisk") is True and held >= _NEARLY_ALL else None


def _slug(raw: Raw) -> str:
    slug = raw.get("slug")
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug) or slug in _RESERVED_SLUGS:
        raise UnusableEvent("its slug cannot be a file name")
    return slug


def _missing(field: str) -> str:
    raise UnusableEvent(f"it has no {field}")


def _text(raw: Raw, field: str, limit: int) -> str:
    value = raw.get(field)
    return _line(value, limit) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _line(value: object, limit: int) -> str:
    """Text on one line without control characters, cut at a word."""
    words = " ".join(_printable(str(value)).split())
    return words if len(words) <= limit else words[:limit].rsplit(" ", 1)[0] + "…"


def _paragraphs(value: object) -> str:
    if not isinstance(value, str):
        return ""
    lines = [" ".join(_printable(line).split()) for line in value.splitlines()]
    text = "\n\n".join(line for line in lines if line)
    return text if len(text) <= _MAX_DESCRIPTION else text[:_MAX_DESCRIPTION].rsplit(" ", 1)[0] + "…"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _list(value: object) -> list[Any]:
    """A list that may come as JSON inside a string; empty when it is neither."""
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_float=Decimal)
        except ValueError:
            return []
    return value if isinstance(value, list) else []


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _LARGEST_AMOUNT else None


def _price(value: object) -> Decimal | None:
    number = _decimal(value)
    return number.quantize(_PRICE).normalize() + 0 if number is not None and 0 <= number <= 1 else None


def _change(value: object) -> Decimal | None:
    number = _decimal(value)
    return number.quantize(_PRICE).normalize() + 0 if number is not None and -1 <= number <= 1 else None


def _amount(value: object) -> Decimal | None:
    number = _decimal(value)
    return number.quantize(_CENT) if number is not None and number >= 0 else None


def _count(value: object) -> int | None:
    number = _decimal(value)
    return int(number) if number is not None and number >= 0 and number == number.to_integral_value() else None


def _moment(value: object) -> datetime | None:
    """Reads `2028-11-07T00:00:00Z` and `2021-01-02 00:00:00+00`; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
