"""What a tick is counted as, and where figures go."""

import json

import pytest

from functions.shared.kernel.tally import Tally
from functions.shared.kernel.tick import count_tick

DUE = {"scheduled_time": "2026-11-22T05:00:00Z"}


def figures(printed: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_tick_of_a_schedule_is_counted_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    count_tick(DUE, "scraper", tally)
    tally.publish()

    (line,) = figures(capsys.readouterr().out)
    assert (line["schedule"], line["Ticks"]) == ("scraper", [1.0])


@pytest.mark.parametrize("event", [{}, {"Records": []}])
def test_nothing_else_counts_as_a_tick(event: dict[str, object]) -> None:
    tally = Tally()
    count_tick(event, "scraper", tally)

    assert tally.counts == {}


def test_figures_go_to_the_namespace_of_the_deployment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Acme-Pages")
    tally = Tally()
    tally.count("Misconfigured")
    tally.publish()

    (line,) = figures(capsys.readouterr().out)
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Acme-Pages"  # type: ignore[index]
