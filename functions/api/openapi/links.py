"""Links of the document: what can be called next with the id of an answer. Decision 0039."""

import re
from typing import Any

_REF = "#/components/schemas/"


def add_links(document: dict[str, Any]) -> None:
    """Tell of each answer to a POST which calls take the id it holds."""
    by_parameter: dict[str, list[tuple[str, str]]] = {}
    for path, calls in document["paths"].items():
        names = re.findall(r"{(\w+)}", path)
        for method, operation in calls.items() if len(names) == 1 else ():
            by_parameter.setdefault(names[0], []).append((method, operation["operationId"]))
    for calls in document["paths"].values():
        for status, answer in calls.get("post", {"responses": {}})["responses"].items():
            if status.startswith("2"):
                _add(answer, document["components"]["schemas"], by_parameter)


def _add(answer: dict[str, Any], schemas: dict[str, Any], by_parameter: dict[str, list[tuple[str, str]]]) -> None:
    ref = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    own = schemas.get(ref.removeprefix(_REF), {}).get("properties", {})
    links = {
        operation_id: {"operationId": operation_id, "parameters": {name: f"$response.body#/{name}"}}
        for name, calls in by_parameter.items()
        if name in own
        for method, operation_id in calls
        if method in ("get", "delete")
    }
    if links:
        answer["links"] = links
