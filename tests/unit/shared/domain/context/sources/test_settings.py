from datetime import timedelta

import pytest

from functions.api.sources.shortest_gap import shortest_gap
from functions.shared.domain.context.sources.settings import SourceSettings
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.schedules.expression import parse_expression


def test_hosts_of_this_machine_may_be_sources_only_on_an_engine_of_its_own() -> None:
    given = {"CONTEXT_TABLE": "context", "LOOPBACK_SOURCES": "127.0.0.1, localhost,"}
    with pytest.raises(PermanentError, match="LOOPBACK_SOURCES"):
        SourceSettings.from_env(given)
    settings = SourceSettings.from_env({**given, "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    assert settings.loopback_sources == {"127.0.0.1", "localhost"}
    assert SourceSettings.from_env({"CONTEXT_TABLE": "context"}).loopback_sources == frozenset()


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("rate(15 minutes)", 15),
        ("rate(2 days)", 2880),
        ("0 9 ? * * *", 1440),
        ("0 0,9 ? * * *", 540),
        ("*/20 * * * ? *", 20),
        ("0,50 * * * ? *", 10),
        ("0,50 9,11 * * ? *", 50),
        ("30 23 * * ? *", 1440),
        ("5,55 23,0 * * ? *", 10),
    ],
)
def test_the_shortest_gap_between_two_runs(expression: str, minutes: int) -> None:
    assert shortest_gap(parse_expression(expression)) == timedelta(minutes=minutes)
