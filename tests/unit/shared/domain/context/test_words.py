"""Which words of a text are alike, and where they end in scripts without spaces."""

import pytest

from functions.shared.domain.context.words import terms, terms_among


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("市場", {"市場"}),
        ("AI市場の動向", {"ai", "市場", "場の", "の動", "動向"}),
        ("2026年の選挙", {"年の", "の選", "選挙"}),
        ("Bitcoinの価格", {"bitcoin", "の価", "価格"}),
        ("価格がBitcoin's", {"価格", "格が", "bitcoin"}),
        ("テスラ・モデル", {"テス", "スラ", "モデ", "デル"}),
        ("삼성전자 주가", {"삼성", "성전", "전자", "주가"}),
        ("_円_", {"円"}),
    ],
)
def test_a_word_ends_where_another_script_begins(text: str, expected: set[str]) -> None:
    assert set(terms(text)) == expected


@pytest.mark.parametrize("text", ["AI市場", "2026年の市場", "ev's市場", "市場", "l’市場", "é市場"])
def test_what_is_wanted_is_found_however_the_word_before_it_begins(text: str) -> None:
    assert list(terms_among(text, frozenset(terms("市場")))) == ["市場"]


@pytest.mark.parametrize(
    "words",
    [
        "import important importance",
        "author authority",
        "experience experiment",
        "position positive",
        "executive execution",
        "several sever",
    ],
)
def test_what_makes_another_word_of_one_is_kept(words: str) -> None:
    assert len(set(terms(words))) == len(words.split())
