"""What is chosen, and what must not be, for subjects as people and markets put them, of a site as people write it."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from functions.shared.domain.context.choose import choose_context
from functions.shared.domain.context.model import ContextItem
from functions.shared.domain.context.words import terms
from tests.support.sources import an_item

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
TEXTS = {
    "fed": (
        "What the Fed means for savers",
        "The Fed left its rate unchanged. Savers of ours ask what a cut would do to their deposits.",
    ),
    "prices": ("Price list 2026", "Our hourly rates from January 2026: 90 euros for weddings, 60 for birthdays."),
    "newsletter": (
        "December newsletter",
        "Cut flowers arrive daily this December. Tulips are in interest of everybody.",
    ),
    "windows": ("New windows", "We replaced 11 windows of the bakery, and its door."),
    "bakers": ("Two bakers wanted", "We are hiring: whoever likes mornings and knows sourdough, write to us."),
    "plan": ("Planning a wedding", "How couples planned theirs: cakes were ordered in spring, flowers in summer."),
    "wine": ("Wines of the Alentejo", "Red wines from clay amphorae, made as the Romans made theirs."),
    "winners": ("Who won", "The winners of our baking contest are Ana and João."),
    "paulo": ("Nosso café em São Paulo", "Abrimos uma loja em São Paulo, perto da Avenida Paulista."),
    "müller": ("Gespräch mit Thomas Müller", "Der Bäcker Thomas Müller erzählt, wie er sein Brot backt."),
    "häuser": (
        "Neue Wohnungen in Leipzig",
        "Die Stadt baut neue Wohnungen und Fahrradwege. Die Mieten sind in diesem Jahr gestiegen.",
    ),
    "zinsen": ("Was die EZB plant", "Die EZB wird die Zinsen im Dezember senken, und das merken auch die Sparer."),
    "öffnung": ("Öffnungszeiten", "Wir sind auch am Sonntag für Sie da. Die Bäckerei ist im Winter ab acht offen."),
    "élection": ("Les élections à Lyon", "L’élection du maire de Lyon aura lieu au printemps."),
    "bitcoin": ("Paying with bitcoin", "Since bitcoin passed 100,000 dollars, three guests have paid with it."),
    "cup": ("World Cup evenings", "We show every match of the 2026 World Cup on a big screen in the garden."),
    "shuttle": ("Bus to the garden", "A bus leaves the station each hour; the last match of the day is also reached."),
}
SITE = [
    an_item(NOW, item_id=name, title=title, text=text, url=None, content_hash=name)
    for name, (title, text) in TEXTS.items()
]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("Fed rate", ["fed"]),
        ("Fed rates", ["fed"]),
        ("Will the Fed cut rates in December 2026?", ["fed"]),
        ("Hourly rate", ["prices"]),
        ("Hire a baker", ["bakers"]),
        ("hired bakers", ["bakers"]),
        ("plan weddings", ["plan"]),
        ("wine", ["wine"]),
        ("Who will win?", []),
        ("Sao Paulo", ["paulo"]),
        ("SÃO PAULO coffee shops", ["paulo"]),
        ("Sa\u0303o Paulo", ["paulo"]),
        ("Thomas Muller", ["müller"]),
        ("Thomas Müllers Brot", ["müller"]),
        ("Thomas Tuchel", []),
        ("Eine Wohnung in Leipzig", ["häuser"]),
        ("Wird die EZB die Zinsen senken?", ["zinsen"]),
        ("Wann ist das und was sind die neuen?", []),
        ("Wird der Bundeskanzler im Dezember zurücktreten?", []),
        ("L'élection de Lyon", ["élection"]),
        ("Elections a Lyon", ["élection"]),
        ("Will bitcoin be above 100,000 on December 31?", ["bitcoin"]),
        ("Bitcoin", ["bitcoin"]),
        ("World Cup 2026", ["cup"]),
        ("2026", []),
        ("December 2026", []),
        ("Windows 11 update", []),
        ("Which company has the best AI model end of 2026?", []),
        ("Will it rain in Paris?", []),
        ("Will the government shut down again?", []),
        ("Match", ["shuttle", "cup"]),
        ("?!", []),
    ],
)
def test_a_subject_gets_the_context_that_is_about_it_and_no_other(topic: str, expected: list[str]) -> None:
    assert [excerpt.item_id for excerpt in choose_context(topic, SITE, now=NOW)] == expected


def test_a_long_subject_needs_no_item_that_says_all_of_it() -> None:
    topic = (
        "An honest post for young couples about how a wedding is planned well: whom to ask first, which cakes and"
        " flowers suit a spring party outdoors, how much money a hundred guests take, why a rehearsal pays, and which"
        " mistakes of their friends they had better laugh about instead of repeating"
    )
    assert [excerpt.item_id for excerpt in choose_context(topic, SITE, now=NOW)] == ["plan"]


def test_one_common_word_is_not_enough_however_few_items_there_are() -> None:
    assert choose_context("Fed rate", [_named("prices")], now=NOW) == ()
    assert choose_context("World Cup final", [_named("shuttle"), _named("prices")], now=NOW) == ()
    assert [each.item_id for each in choose_context("Fed rate", [_named("fed")], now=NOW)] == ["fed"]


@pytest.mark.parametrize(
    "words",
    [
        "hire hires hired hiring",
        "plan plans planned planning",
        "price prices priced pricing",
        "city cities city's",
        "company companies company’s",
        "box boxes",
        "café cafés cafe",
        "Preis Preise Preisen",
        "Wohnung Wohnungen",
        "élection élections l'élection",
        "elección elecciones",
        "O'Neill O’Neill Neill",
    ],
)
def test_inflected_words_are_alike(words: str) -> None:
    assert len(set(terms(words))) == 1


@pytest.mark.parametrize(
    "words",
    ["win wine", "plan plane", "car care", "corn corner", "spring sprint", "rat rate", "sing sin", "market mark"],
)
def test_other_words_are_not(words: str) -> None:
    assert all(one != other for one, other in permutations(terms(words), 2))


def _named(name: str) -> ContextItem:
    return next(item for item in SITE if item.item_id == name)
