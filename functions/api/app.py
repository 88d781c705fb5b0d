"""The API as one callable: who calls, whether the request can be read, which route, and what every error becomes."""

import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from functions.api.access import require_access, route_of
from functions.api.accounts import routes as accounts
from functions.api.analytics import routes as analytics
from functions.api.asked import Asked, allowed
from functions.api.authorizations import routes as authorizations
from functions.api.content import routes as content
from functions.api.context import routes as context
from functions.api.dead_letters import routes as dead_letters
from functions.api.documents import routes as documents
from functions.api.generate import routes as generate
from functions.api.health import routes as health
from functions.api.identity import Caller, caller_of
from functions.api.incoming import routable
from functions.api.jobs import routes as jobs
from functions.api.links import at_the_root, base_url
from functions.api.notifications import routes as notifications
from functions.api.once.answer_once import answer_once, keyed
from functions.api.openapi import routes as openapi
from functions.api.problems import is_unexpected, problem_response
from functions.api.refusals import UnknownRoute
from functions.api.resolver import Resolver
from functions.api.schedules import routes as schedules
from functions.api.services import Services
from functions.api.sources import routes as sources
from functions.api.stats import routes as stats
from functions.shared.kernel.clock import NewId
from functions.shared.kernel.log import log

_ROUTERS = (
    generate.router,
    jobs.router,
    content.router,
    analytics.router,
    sources.router,
    context.router,
    documents.router,
    accounts.router,
    authorizations.router,
    notifications.router,
    schedules.router,
    dead_letters.router,
    stats.router,
    health.router,
    openapi.router,
)
_FRAMES = 6
_EVERY_ANSWER = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Api:
    """Answers HTTP API events (payload format 2.0)."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._resolver = Resolver()
        for router in _ROUTERS:
            self._resolver.include_router(router)
        self._resolver.exception_handler(NotFoundError)(lambda _: self._problem(self._resolver.no_route()))
        self._resolver.exception_handler(Exception)(self._problem)

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The answer to one request; never raises."""
        with log.append_context_keys(trace_id=_trace_id(event)):
            try:
                return self._answer(event, context)
            finally:
                self._services.engine.tally.publish()

    def _answer(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        caller: Caller | None = None
        route: str | None = None
        try:
            asked = Asked.read(at_the_root(event))
            route = route_of(asked.event["requestContext"]["http"].get("method", ""), str(asked.event["rawPath"]))
            if asked.is_about_methods:
                answer = _outside_routes(self._what_is_possible(str(asked.event["rawPath"])))
            else:
                caller = _caller_if_needed(asked.event)
                self._admit(caller, asked)
                answer = asked.shown(self._once(routable(asked.event), caller, base_url(event), context))
        except Exception as error:  # noqa: BLE001 the outermost boundary: every error is answered, and logged there
            answer = _outside_routes(self._problem(error, trace_id=_trace_id(event)))
        answer["headers"] = {**_EVERY_ANSWER, **answer["headers"]}
        _log(event, answer, caller, route, time.perf_counter() - started)
        return answer

    def _once(self, event: dict[str, Any], caller: Caller | None, base: str, context: Any) -> dict[str, Any]:
        """A call's answer; of one that is repeated with its `Idempotency-Key`, the first one."""
        services = self._services

        def made(new_id: NewId) -> dict[str, Any]:
            engine = replace(services.engine, new_id=new_id)
            self._resolver.context.update(
                services=replace(services, engine=engine), caller=caller, base_url=base, resolver=self._resolver
            )
            return self._resolver.resolve(event, context)

        once = keyed(event, caller)
        if once is None:
            return made(services.engine.new_id)
        return answer_once(once, made, answers=services.answers, clock=services.engine.clock)

    def _admit(self, caller: Caller | None, asked: Asked) -> None:
        """Let the caller's groups make the call, and count it. Operators, who mend what goes wrong, are not held up."""
        if caller is None:
            return
        method, path = asked.event["requestContext"]["http"]["method"], str(asked.event["rawPath"])
        if method in self._resolver.methods_of(path):  # what is no call is answered as that, to everybody
            require_access(caller, method, path)
        if not caller.is_operator:
            self._services.limiter.require_room(caller.org_id)

    def _what_is_possible(self, path: str) -> Response[str]:
        methods = self._resolver.methods_of(path)
        if not methods:
            raise UnknownRoute("there is no such call; GET /openapi.json lists them all")
        return Response(status_code=204, content_type=None, body="", headers={"Allow": ", ".join(allowed(methods))})

    def _problem(self, error: Exception, *, trace_id: str | None = None) -> Response[str]:
        trace_id = trace_id or _trace_id(self._resolver.current_event.raw_event)
        if is_unexpected(error):
            # The error's own text may hold what the caller sent, so only its type and place are logged.
            where = "".join(traceback.format_tb(error.__traceback__)[-_FRAMES:])
            log.error("request failed", action="request_failed", error=type(error).__name__, where=where)
        return problem_response(error, trace_id=trace_id)


def _caller_if_needed(event: Mapping[str, Any]) -> Caller | None:
    path = str(event["rawPath"])
    return caller_of(event) if path.startswith("/api/") else None


def _trace_id(event: Mapping[str, Any]) -> str:
    """API Gateway's request id, which its access log and the answer's `apigw-requestid` name too."""
    return str(event.get("requestContext", {}).get("requestId", "unknown"))


def _outside_routes(response: Response[str]) -> dict[str, Any]:
    named = {"Content-Type": response.content_type} if response.content_type else {}
    headers = {**response.headers, **named}
    return {"statusCode": response.status_code, "body": response.body, "isBase64Encoded": False, "headers": headers}


def _log(
    event: Mapping[str, Any], answer: Mapping[str, Any], caller: Caller | None, route: str | None, seconds: float
) -> None:
    http = event.get("requestContext", {}).get("http", {})
    log.info(
        "request answered",
        action="request_answered",
        method=http.get("method"),
        path=event.get("rawPath"),
        status=answer["statusCode"],
        org_id=caller.org_id if caller else None,
        user_id=caller.user_id if caller else None,
        ip=http.get("sourceIp"),
        route=route,
        milliseconds=round(seconds * 1000),
    )
