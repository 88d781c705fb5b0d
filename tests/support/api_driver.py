"""Calls the API as API Gateway does, with HTTP API events, over stores in memory."""

import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, cast

from functions.api.app import Api
from functions.api.authorizations.memory import MemoryAuthorisations
from functions.api.documents.memory import MemoryUploads
from functions.api.limits.bucket import Bucket
from functions.api.limits.limiter import RateLimiter
from functions.api.limits.memory import MemoryBuckets
from functions.api.once.memory import MemoryAnswers
from functions.api.recent import Recent
from functions.api.services import Services
from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.context.documents.memory import MemoryDocuments
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.sources.memory import MemorySources
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.network import Network
from functions.shared.domain.organisation.memory import MemoryOrganisationStore
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.dead_letters.memory import MemoryDeadLetterQueues
from functions.shared.kernel.jobs.memory import MemoryDispatcher, MemoryJobStore
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.outbound import sources_bounds, webhooks_bounds
from functions.shared.kernel.schedules.agenda import Agenda
from functions.shared.kernel.schedules.memory import MemoryScheduleStore, MemoryTimers
from functions.shared.kernel.secrets.memory import MemorySecrets
from functions.shared.networks.port import App, OAuth, SignIn
from functions.shared.networks.x.settings import SCOPES
from tests.support.engines import memory_engine
from tests.support.standins.x_oauth import XOAuth, oauth_over

EDITOR = {"sub": "user-1", "custom:org_id": "acme"}
ACME = {**EDITOR, "cognito:groups": "[admins]"}
VIEWER = {**EDITOR, "cognito:groups": "[viewers]"}
OPERATOR = {"sub": "operator-1", "cognito:groups": "[operators]"}
RIVAL = {"sub": "user-2", "custom:org_id": "rival", "cognito:groups": "[admins]"}


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def fields(self) -> list[str]:
        """The fields a problem names."""
        return [error["field"] for error in self.json.get("errors", [])]


def http_event(
    method: str,
    path: str,
    *,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    claims: Mapping[str, Any] | None = ACME,
) -> dict[str, Any]:
    """An event of payload format 2.0 as API Gateway sends it; without claims when the call has no token."""
    context: dict[str, Any] = {
        "apiId": "api",
        "domainName": "api.example",
        "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
        "requestId": "request-1",
        "stage": "$default",
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in (query or {}).items()),
        "headers": {"host": "api.example", "content-type": "application/json", **(headers or {})},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(query)
    if body is not None:
        event["body"] = body
    return event


def call(
    api: Api,
    method: str,
    path: str,
    json_body: object = None,
    *,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    claims: Mapping[str, Any] | None = ACME,
) -> Answer:
    """Send one request; `json_body` is sent as JSON, `body` as it is."""
    text = json.dumps(json_body) if json_body is not None else body
    return answer_of(api(http_event(method, path, body=text, headers=headers, query=query, claims=claims), None))


def answer_of(answer: Mapping[str, Any]) -> Answer:
    """A Lambda proxy answer as an HTTP answer."""
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


@contextmanager
def log_lines() -> Iterator[io.StringIO]:
    """What is logged meanwhile, as the lines that reach the log group."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(log.registered_formatter)
    log.addHandler(handler)
    try:
        yield written
    finally:
        logging.getLogger(log.name).removeHandler(handler)


@dataclass
class Driver:
    """The API with its fakes at hand."""

    services: Services
    api: Api = field(init=False)

    def __post_init__(self) -> None:
        self.api = Api(self.services)

    def __call__(self, method: str, path: str, json_body: object = None, **options: Any) -> Answer:
        return call(self.api, method, path, json_body, **options)

    @property
    def jobs(self) -> MemoryJobStore:
        return cast(MemoryJobStore, self.services.engine.store)

    @property
    def sent(self) -> MemoryDispatcher:
        return cast(MemoryDispatcher, self.services.engine.dispatcher)

    @property
    def content(self) -> MemoryContentStore:
        return cast(MemoryContentStore, self.services.content)

    @property
    def accounts(self) -> MemoryAccountStore:
        return cast(MemoryAccountStore, self.services.accounts)

    @property
    def dead_letters(self) -> MemoryDeadLetterQueues:
        return cast(MemoryDeadLetterQueues, self.services.dead_letters)

    @property
    def schedules(self) -> MemoryScheduleStore:
        return cast(MemoryScheduleStore, self.services.agenda.schedules)

    @property
    def timers(self) -> MemoryTimers:
        return cast(MemoryTimers, self.services.agenda.timers)

    @property
    def notifications(self) -> MemoryNotificationStore:
        return cast(MemoryNotificationStore, self.services.notifications)

    @property
    def sources(self) -> MemorySources:
        return cast(MemorySources, self.services.sources)

    @property
    def items(self) -> MemoryItems:
        return cast(MemoryItems, self.services.items)

    @property
    def documents(self) -> MemoryDocuments:
        return cast(MemoryDocuments, self.services.documents)

    @property
    def uploads(self) -> MemoryUploads:
        return cast(MemoryUploads, self.services.uploads)

    @property
    def metrics(self) -> MemoryMetrics:
        return cast(MemoryMetrics, self.services.metrics)

    @property
    def secrets(self) -> MemorySecrets:
        return cast(MemorySecrets, self.services.secrets)


def sign_in_at_x(app: Callable[[], App], oauth: Callable[[], OAuth]) -> SignIn:
    """Signing in at X by these."""
    return SignIn("x", Network.TWITTER, "X", "https://x.example/authorize", SCOPES, app, oauth)


def sign_in(oauth: XOAuth) -> SignIn:
    """Signing in at a stand-in for X that needs no network."""
    app = App(oauth.client_id, oauth.client_secret)
    return sign_in_at_x(lambda: app, partial(oauth_over, oauth, app))


def make_driver(clock: Clock, *, active_jobs_per_org: int = 50, **changes: Any) -> Driver:
    """The API over empty stores."""
    services: dict[str, Any] = {
        "engine": memory_engine(clock=clock, active_jobs_per_org=active_jobs_per_org),
        "content": MemoryContentStore(),
        "accounts": MemoryAccountStore(),
        "organisations": MemoryOrganisationStore(),
        "secrets": MemorySecrets(),
        "secret_prefix": "flywheel/accounts/",
        "webhooks_bounds": webhooks_bounds(),
        "sources_bounds": sources_bounds(),
        "webhook_secret_prefix": "flywheel/webhooks/",
        "agenda": Agenda(schedules=MemoryScheduleStore(), timers=MemoryTimers(), clock=clock),
        "dead_letters": MemoryDeadLetterQueues(),
        "sources": MemorySources(),
        "items": MemoryItems(clock),
        "documents": MemoryDocuments(),
        "uploads": MemoryUploads(),
        "answers": MemoryAnswers(),
        "limiter": RateLimiter(Bucket(50, 100_000), MemoryBuckets(), clock),
        "recent": Recent(clock, seconds=0),
        "metrics": MemoryMetrics(),
        "authorisations": MemoryAuthorisations(),
        "sign_ins": cache(lambda name: sign_in(XOAuth({}, clock))),
    }
    services = {**services, **changes}
    notifications = getattr(services["engine"].store, "notifications", MemoryNotificationStore())
    return Driver(Services(**{"notifications": notifications, **services}))
