"""DynamoDB's attribute values, without the resource layer: strings, numbers and booleans only."""

from collections.abc import Mapping
from typing import Any

from functions.shared.kernel.texts import storable

Item = dict[str, dict[str, Any]]
Scalar = str | int | bool | None


def encode(values: Mapping[str, Scalar]) -> Item:
    """Attribute values of an item; None is left out."""
    return {name: _encode(value) for name, value in values.items() if value is not None}


def decode(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The plain values of an item made by `encode`."""
    return {name: _decode(value) for name, value in item.items()}


def _encode(value: str | int | bool) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"S": storable(value)}


def _decode(value: Mapping[str, Any]) -> Any:
    ((kind, raw),) = value.items()
    return int(raw) if kind == "N" else raw
