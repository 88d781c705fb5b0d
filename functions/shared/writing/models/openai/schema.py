"""A draft's JSON schema in the subset that strict structured output takes.

That subset (https://platform.openai.com/docs/guides/structured-outputs) wants every property required and no other
allowed, and knows no `default` and no length of strings. Lengths therefore stand in the descriptions, which models
read; and whatever comes back is validated by the draft's own class.
"""

from typing import Any

from pydantic import BaseModel

_LENGTHS = ("minLength", "maxLength")
_DROPPED = ("default", "title", *_LENGTHS)


def strict_schema(draft: type[BaseModel]) -> dict[str, Any]:
    """The schema of `draft` for strict structured output."""
    return _strict(draft.model_json_schema())


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    strict = {key: _inner(key, value) for key, value in schema.items() if key not in _DROPPED}
    if "properties" in strict:
        strict |= {"required": list(strict["properties"]), "additionalProperties": False}
    if any(key in schema for key in _LENGTHS):
        strict["description"] = f"{schema.get('description', '')} {_spoken(schema)}".strip()
    return strict


def _inner(key: str, value: Any) -> Any:
    if key in ("properties", "$defs"):
        return {name: _strict(schema) for name, schema in value.items()}
    if key == "anyOf":
        return [_strict(schema) for schema in value]
    return _strict(value) if key == "items" else value


def _spoken(schema: dict[str, Any]) -> str:
    bounds = zip(("at least", "at most"), (schema.get(key) for key in _LENGTHS), strict=True)
    said = " and ".join(f"{word} {bound}" for word, bound in bounds if bound and bound > 1)
    return f"({said} characters)" if said else "(not empty)"
