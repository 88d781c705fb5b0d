"""Powertools' resolver with strict bodies, and with 405 told apart from 404."""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.api.incoming import json_object
from functions.api.refusals import MethodNotAllowed, UnknownRoute


class Resolver(APIGatewayHttpResolver):
    """Remembers which methods each path has."""

    def __init__(self) -> None:
        # Before the base class, which may already register routes.
        self._methods: dict[str, set[str]] = defaultdict(set)
        super().__init__(enable_validation=True, debug=False, json_body_deserializer=json_object)

    def route(self, rule: str, method: Any, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        """Register a route, as the base class does."""
        self._methods[re.sub(r"<\w+>", "[^/]+", rule)].update([method] if isinstance(method, str) else method)
        return super().route(rule, method, *args, **kwargs)

    def no_route(self) -> UnknownRoute | MethodNotAllowed:
        """Why the current request has no route."""
        method, path = self.current_event.http_method, self.current_event.path
        for pattern, methods in self._methods.items():
            # A path that its own method does not route has an id of characters that no id has.
            if re.fullmatch(pattern, path) and method not in methods:
                return MethodNotAllowed(method, sorted(methods))
        return UnknownRoute("there is no such call; GET /openapi.json lists them all")


def new_router() -> APIGatewayHttpRouter:
    """The routes of one resource."""
    return APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
