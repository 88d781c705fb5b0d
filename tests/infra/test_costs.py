"""What an idle deployment costs, and the page that says so."""

from pathlib import Path

import pytest

from benchmarks.bill.page import MOST_IDLE, idle, page, total
from benchmarks.bill.parts import times_a_month
from tests.infra.template import Template

PAGE = Path(__file__).resolve().parents[2] / "docs" / "costs.md"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)


def test_a_deployment_with_nothing_to_do_costs_ten_dollars_a_month_at_most(template: Template) -> None:
    lines = idle(template.body)
    assert all(line.dollars >= 0 for line in lines)
    assert total(lines) <= MOST_IDLE, [(line.what, round(line.dollars, 2)) for line in lines]


def test_the_page_is_what_the_command_writes_today(template: Template) -> None:
    """Fails: `make costs`."""
    assert PAGE.read_text() == page(template.body)


@pytest.mark.parametrize(
    ("expression", "times"), [("rate(1 minute)", 43_800), ("rate(5 minutes)", 8_760), ("rate(1 hour)", 730)]
)
def test_how_often_a_schedule_fires_is_read_from_its_expression(expression: str, times: float) -> None:
    assert times_a_month(expression) == times


def test_a_schedule_that_is_not_reckoned_with_is_refused() -> None:
    with pytest.raises(ValueError, match="cron"):
        times_a_month("cron(0 5 * * ? *)")
