"""The section on the money behind the prices, and what it means for how far to trust them."""

from decimal import Decimal

from functions.shared.domain.facts import LIQUIDITY, TRADED, TRADED_MONTH
from functions.shared.domain.figures import dollars, percent
from functions.shared.writing.offline.markup import heading, paragraph
from functions.shared.writing.offline.reading import Reading, called
from functions.shared.writing.offline.voice import Voice, capitalised, listed

_DAYS_IN_WEEK = 7


def money(reading: Reading, voice: Voice) -> list[str]:
    """What was traded and what rests in the book; nothing when the source gives no amounts."""
    amounts = _amounts(reading)
    if not amounts:
        return []
    title = voice.pick(
        "How much money stands behind it", "Can the price be trusted?", "What the price rests on", "Volume and depth"
    )
    return [
        heading(title),
        paragraph(_told(amounts, voice)),
        paragraph(_pace(reading, voice), _depth(reading, voice)),
        paragraph(_spread(reading, voice)),
    ]


def _amounts(reading: Reading) -> list[tuple[str, str]]:
    """The amounts worth a sentence; the last day's and week's stand beside the page's table."""
    event = reading.event
    given = (
        (TRADED, event.volume),
        (TRADED_MONTH, event.volume_month),
        (LIQUIDITY, event.liquidity),
    )
    return [(label, dollars(amount)) for label, amount in given if amount is not None]


def _told(amounts: list[tuple[str, str]], voice: Voice) -> str:
    parts = [f"{amount} {label[:1].lower()}{label[1:]}" for label, amount in amounts]
    return voice.pick(
        f"The record so far: {listed(parts)}.", f"{capitalised(listed(parts))}.", f"In figures: {listed(parts)}."
    )


def _pace(reading: Reading, voice: Voice) -> str:
    """Whether the last day was busier than the week's average."""
    day, week = reading.event.volume_24h, reading.event.volume_week
    if day is None or not week:
        return ""
    pace = day * _DAYS_IN_WEEK / week
    if pace >= Decimal("1.5"):
        return voice.pick(
            "The last day was much busier than the week before it, so something has drawn attention.",
            "Trading has picked up against the week's average, which usually follows news.",
        )
    if pace <= Decimal("0.6"):
        return voice.pick(
            "The last day was quieter than the week's average.",
            "Attention has eased compared with the week as a whole.",
        )
    return voice.pick("The last day kept about the week's pace.", "Trading runs at its usual pace for the week.")


def _depth(reading: Reading, voice: Voice) -> str:
    volume = reading.event.volume
    if volume is None:
        return ""
    for least, sentences in _DEPTHS:
        if volume >= least:
            return voice.pick(*sentences)
    return ""


_DEPTHS: tuple[tuple[Decimal, tuple[str, ...]], ...] = (
    (
        Decimal(10_000_000),
        (
            "That is a heavily traded market: whoever thinks a price is wrong has had every chance to move it.",
            "With so much money at work, a lone trader cannot hold the price away from what others believe for long.",
        ),
    ),
    (
        Decimal(1_000_000),
        (
            "That is enough trading for the price to be more than a few people's opinion.",
            "There is real money behind these figures, though a determined trader can still push them for a while.",
        ),
    ),
    (
        Decimal(100_000),
        (
            "That is a modest amount: take the price as an indication, and small moves as noise.",
            "A market of this size can be moved by a few orders, so only larger changes carry meaning.",
        ),
    ),
    (
        Decimal(0),
        (
            "That is very little. A handful of trades set this price, and a handful more can change it.",
            "So thin a market says more about who happened to trade than about what will happen.",
        ),
    ),
)


def _spread(reading: Reading, voice: Voice) -> str:
    leader, spread = reading.leader, reading.spread
    if leader is None or spread is None or leader.best_bid is None or leader.best_ask is None:
        return ""
    bid, ask = percent(leader.best_bid), percent(leader.best_ask)
    quotes = f"For {called(leader)}, buyers bid {bid} and sellers ask {ask}"
    if spread <= Decimal("0.01"):
        return f"{quotes}, " + voice.pick(
            "so close together that the price is well pinned down.",
            "a tight gap that leaves little doubt about the price.",
        )
    if spread <= Decimal("0.04"):
        return f"{quotes}; " + voice.pick(
            "read the price as a small range.", "the true price lies somewhere in between."
        )
    return f"{quotes}, " + voice.pick(
        "a wide gap: the printed price is only a midpoint of disagreement.",
        "so far apart that the price between them is a rough guess.",
    )
