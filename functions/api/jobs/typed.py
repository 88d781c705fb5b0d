"""Tells of each type of job what it takes and answers: `oneOf` by `type` instead of any object. Decision 0039.

It is about the document alone: requests are checked by `check_payload`, which names each bad field.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from functions.api.jobs.results import RESULTS
from functions.shared.domain.job_kinds import KINDS

Schema = dict[str, Any]
_REF = "#/components/schemas/"
_ANY_OBJECT: Schema = {"type": "object", "additionalProperties": True}


def tell_types(schemas: dict[str, Schema]) -> None:
    """Complete the document's schemas in place."""
    payloads = {name: _added(kind.payload, schemas, "validation", "Input") for name, kind in KINDS.items()}
    results = {
        name: [_added(model, schemas, "serialization", "Result") for model in RESULTS.get(name, ())] for name in KINDS
    }
    _take_out_of_line(schemas, "BulkRequest", "jobs", "BulkJob")
    for name in ("JobRequest", "BulkJob", "ScheduleRequest"):
        _tell_apart(name, schemas, {job_type: {"payload": ref} for job_type, ref in payloads.items()})
    shown = {job_type: {"payload": payloads[job_type], "result": _or_null(results[job_type])} for job_type in KINDS}
    _tell_apart("JobView", schemas, shown)
    _tell_apart("ScheduleView", schemas, {job_type: {"payload": ref} for job_type, ref in payloads.items()})
    distinct = list({json.dumps(ref): ref for ref in payloads.values()}.values())
    _set(schemas["ScheduleChange"], "payload", {"anyOf": [*distinct, {"type": "null"}]})
    _set(schemas["GenerationStatus"], "result", _or_null(results["GENERATE_CONTENT"]))


def _tell_apart(name: str, schemas: dict[str, Schema], by_type: Mapping[str, Mapping[str, Schema]]) -> None:
    whole, mapping = schemas[name], {}
    for job_type, properties in by_type.items():
        title = "".join(word.capitalize() for word in job_type.split("_")) + name
        one = json.loads(json.dumps(whole))
        one["title"], one["description"] = title, f"{whole['description']} `{job_type}`."
        _set(one, "type", {"type": "string", "const": job_type})
        for field, schema in properties.items():
            _set(one, field, schema)
        schemas[title] = one
        mapping[job_type] = f"{_REF}{title}"
    schemas[name] = {
        "title": name,
        "description": whole["description"],
        "oneOf": [{"$ref": ref} for ref in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }


def _set(schema: Schema, field: str, told: Schema) -> None:
    known = schema["properties"][field]
    kept = {key: known[key] for key in ("description", "default") if key in known}
    schema["properties"][field] = {**told, **kept}


def _take_out_of_line(schemas: dict[str, Schema], name: str, field: str, item: str) -> None:
    items = schemas[name]["properties"][field]
    schemas[item] = items["items"]
    items["items"] = {"$ref": f"{_REF}{item}"}


def _or_null(refs: list[Schema]) -> Schema:
    return {"anyOf": [*(refs or [_ANY_OBJECT]), {"type": "null"}]}


def _added(model: type[BaseModel], schemas: dict[str, Schema], mode: Any, suffix: str) -> Schema:
    """Add a model's schema and what it is made of; one of another shape than a known one gets a name of its own."""
    schema = model.model_json_schema(ref_template=_REF + "{model}", mode=mode)
    parts = {**schema.pop("$defs", {}), model.__name__: schema}
    renamed = {name: f"{name}{suffix}" for name, part in parts.items() if schemas.get(name, part) != part}
    # What refers to a renamed part differs from its namesake, too.
    while grown := {
        name: f"{name}{suffix}"
        for name, part in parts.items()
        if name not in renamed and name in schemas and any(f'"{_REF}{old}"' in json.dumps(part) for old in renamed)
    }:
        renamed |= grown
    text = json.dumps(parts)
    for old, new in renamed.items():
        text = text.replace(f'"{_REF}{old}"', f'"{_REF}{new}"')
    for name, part in json.loads(text).items():
        schemas[renamed.get(name, name)] = {**part, "title": renamed.get(name, name)}
    return {"$ref": f"{_REF}{renamed.get(model.__name__, model.__name__)}"}
