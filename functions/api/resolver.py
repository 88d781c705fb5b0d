"""Powertools' resolver with strict bodies and query parameters, and with 405 told apart from 404.

Decision 0039.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.api.asked import allowed
from functions.api.incoming import json_object
from functions.api.refusals import BadField, BadFields, MethodNotAllowed, UnknownRoute


class Resolver(APIGatewayHttpResolver):
    """Remembers which methods each path has."""

    def __init__(self) -> None:
        # Before the base class, which may already register routes.
        self._methods: dict[str, set[str]] = defaultdict(set)
        super().__init__(enable_validation=True, debug=False, json_body_deserializer=json_object)
        self.use([_only_known_parameters])

    def route(self, rule: str, method: Any, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        """Register a route, as the base class does."""
        self._methods[re.sub(r"<\w+>", "[^/]+", rule)].update([method] if isinstance(method, str) else method)
        return super().route(rule, method, *args, **kwargs)

    def no_route(self) -> UnknownRoute | MethodNotAllowed:
        """Why the current request has no route."""
        method, path = self.current_event.http_method, self.current_event.path
        methods = self.methods_of(path)
        # A path that its own method does not route has an id of characters that no id has.
        if methods and method not in methods:
            return MethodNotAllowed(method, sorted(methods), allowed(methods))
        return UnknownRoute("there is no such call; GET /openapi.json lists them all")

    def methods_of(self, path: str) -> frozenset[str]:
        """The methods that a path has by its routes."""
        fitting = (methods for pattern, methods in self._methods.items() if re.fullmatch(pattern, path))
        return frozenset[str]().union(*fitting)


def new_router() -> APIGatewayHttpRouter:
    """The routes of one resource."""
    return APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


def _only_known_parameters(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Refuse parameters that the route does not have: a misspelt filter would otherwise show everything."""
    known = [field.alias for field in app.context["_route"].dependant.query_params]
    given = app.current_event.query_string_parameters or {}
    unknown = [name for name in given if name not in known] if app.current_event.path.startswith("/api/") else []
    if unknown:
        why = f"is not a query parameter of this call, which has {', '.join(known) or 'none'}"
        raise BadFields(*(BadField(name[:100], why) for name in unknown))
    return next_middleware(app)
