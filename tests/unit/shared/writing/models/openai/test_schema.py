"""JSON schemas for strict structured output."""

import json
from enum import StrEnum

import pytest
from pydantic import BaseModel, ConfigDict, Field

from functions.shared.writing.briefs import PageDraft, PostDraft
from functions.shared.writing.models.openai.schema import strict_schema


class Leaf(StrEnum):
    GREEN = "green"
    BLACK = "black"


class Cup(BaseModel):
    millilitres: int = 200


class Tea(BaseModel):
    model_config = ConfigDict(extra="forbid")

    leaf: Leaf = Leaf.GREEN
    cups: list[Cup] = Field(default_factory=list, max_length=3)
    note: str | None = Field(default=None, max_length=80, description="A remark")
    title: str = Field(min_length=2)
    maker: str = Field(min_length=1)


def test_every_property_is_required_and_no_other_allowed_at_every_depth() -> None:
    schema = strict_schema(Tea)
    assert schema["required"] == ["leaf", "cups", "note", "title", "maker"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Cup"] == {
        "properties": {"millilitres": {"type": "integer"}},
        "required": ["millilitres"],
        "additionalProperties": False,
        "type": "object",
    }


def test_lengths_of_strings_stand_in_the_description() -> None:
    properties = strict_schema(Tea)["properties"]
    assert properties["title"] == {"type": "string", "description": "(at least 2 characters)"}
    assert properties["maker"]["description"] == "(not empty)"
    assert properties["note"]["anyOf"][0] == {"type": "string", "description": "(at most 80 characters)"}
    assert properties["note"]["description"] == "A remark"
    assert properties["cups"]["maxItems"] == 3


@pytest.mark.parametrize("draft", [PageDraft, PostDraft])
def test_drafts_use_only_what_strict_output_knows(draft: type[BaseModel]) -> None:
    schema = strict_schema(draft)
    known = {"type", "properties", "required", "additionalProperties", "description", "items", "minItems", "maxItems"}
    assert set(schema) | {key for each in schema["properties"].values() for key in each} <= known
    assert "maxLength" not in json.dumps(schema)
