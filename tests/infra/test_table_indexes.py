"""An update of a deployed stack changes one index of a table at a time."""

import json

import pytest

from infra.table_indexes import RECORD, Indexes, indexes_of, too_many_at_once
from tests.infra.template import Template


def test_the_next_update_creates_or_deletes_at_most_one_index_of_each_table(template: Template) -> None:
    """Fails: ship one of these first, record what was deployed with `python -m infra.table_indexes`, then the next."""
    assert too_many_at_once(json.loads(RECORD.read_text()), indexes_of(template.body)) == {}


@pytest.mark.parametrize(
    ("deployed", "planned", "refused"),
    [
        ({"Jobs": ["due"]}, {"Jobs": ["due"]}, {}),
        ({"Jobs": ["due"]}, {"Jobs": ["due", "by_type"]}, {}),
        ({"Jobs": ["due"]}, {"Jobs": []}, {}),
        ({"Jobs": ["due"]}, {"Jobs": ["by_type"]}, {"Jobs": ["by_type", "due"]}),
        ({"Jobs": []}, {"Jobs": ["a", "b"]}, {"Jobs": ["a", "b"]}),
        ({}, {"New": ["a", "b", "c"]}, {}),
        ({"Gone": ["a", "b"]}, {}, {}),
    ],
)
def test_two_changes_of_one_table_are_found(deployed: Indexes, planned: Indexes, refused: Indexes) -> None:
    assert too_many_at_once(deployed, planned) == refused
