"""A synthesised template as tests want to see it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Properties = dict[str, Any]


@dataclass(frozen=True)
class Watched:
    """One metric of an alarm. `alarm` is the alarm's properties; at `limit` it is raised."""

    name: str
    alarm: Properties
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int
    limit: float


@dataclass(frozen=True)
class Template:
    """What CloudFormation is given."""

    body: Mapping[str, Any]

    def all(self, kind: str) -> dict[str, Properties]:
        """The properties of each resource of a type, by logical id, for example of `SQS::Queue`."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.body["Resources"].items()
            if resource["Type"] == f"AWS::{kind}"
        }

    def only(self, kind: str) -> Properties:
        """The properties of the one resource of a type."""
        (properties,) = self.all(kind).values()
        return properties

    def resource(self, logical_id: str) -> dict[str, Any]:
        """A whole resource, with its type and policies."""
        found: dict[str, Any] = self.body["Resources"][logical_id]
        return found

    def function_id(self, name: str) -> str:
        """The logical id of `functions/<name>`."""
        handler = f"functions.{name}.handler.handler"
        (found,) = (key for key, each in self.all("Lambda::Function").items() if each.get("Handler") == handler)
        return found

    def function(self, name: str) -> Properties:
        """The properties of `functions/<name>`."""
        return self.all("Lambda::Function")[self.function_id(name)]

    def environment(self, name: str) -> dict[str, str]:
        """The environment of `functions/<name>`, with logical ids in place of what only a deployment knows."""
        return {key: rendered(value) for key, value in self.function(name)["Environment"]["Variables"].items()}

    def watched(self, metric: str | None = None) -> list[Watched]:
        """What all alarms watch, or those of them that watch this metric."""
        found = [each for name, alarm in self.all("CloudWatch::Alarm").items() for each in _watched(name, alarm)]
        return [each for each in found if metric in (None, each.metric)]

    def statements(self, role_id: str) -> Iterator[dict[str, Any]]:
        """What a role may do; `Action` and `Resource` are always lists."""
        for policy in self.all("IAM::Policy").values():
            if {"Ref": role_id} in policy["Roles"]:
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield {
                        **statement,
                        "Action": _listed(statement["Action"]),
                        "Resource": _listed(statement["Resource"]),
                    }

    def role_of(self, name: str) -> str:
        """The logical id of the role of `functions/<name>`."""
        return logical_id(self.function(name)["Role"])

    def may(self, name: str, action: str) -> set[str]:
        """The resources on which `functions/<name>` may do `action`, rendered."""
        return {
            rendered(resource)
            for statement in self.statements(self.role_of(name))
            if action in statement["Action"]
            for resource in statement["Resource"]
        }


def logical_id(reference: Mapping[str, Any]) -> str:
    """Which resource a `Ref` or `Fn::GetAtt` points to."""
    found: str = reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]
    return found


def rendered(value: Any) -> str:
    """A value with each reference replaced by the logical id it points to."""
    if not isinstance(value, Mapping):
        return str(value)
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(rendered(part) for part in parts)
    if "Fn::Select" in value:
        return "<selected>"
    return logical_id(value)


def _watched(name: str, alarm: Properties) -> Iterator[Watched]:
    if "Metrics" not in alarm:
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        yield _one(name, alarm, alarm, statistic, alarm["Period"], alarm["Threshold"])
        return
    (expression,) = (query["Expression"] for query in alarm["Metrics"] if "Expression" in query)
    for query in alarm["Metrics"]:
        if "MetricStat" in query:
            limit = re.search(rf"\b{query['Id']}, 0\) / ([0-9.]+)", expression)
            metric = query["MetricStat"]
            threshold = float(limit[1]) * alarm["Threshold"] if limit else alarm["Threshold"]
            yield _one(name, alarm, metric["Metric"], metric["Stat"], metric["Period"], threshold)


def _one(name: str, alarm: Properties, metric: Properties, statistic: str, period: int, limit: float) -> Watched:
    dimensions = {each["Name"]: rendered(each["Value"]) for each in metric.get("Dimensions", [])}
    return Watched(name, alarm, metric["Namespace"], metric["MetricName"], dimensions, statistic, period, limit)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
