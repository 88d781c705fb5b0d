"""The API's collaborators, and how a route asks for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.depends import Depends

from functions.api.authorizations.store import AuthorisationStore
from functions.api.documents.uploads import Uploads
from functions.api.identity import Caller
from functions.api.limits.limiter import RateLimiter
from functions.api.once.store import AnswerStore
from functions.api.recent import Recent
from functions.api.stats.count import Depths
from functions.shared.domain.accounts.store import AccountStore
from functions.shared.domain.content.store import ContentStore
from functions.shared.domain.context.documents.store import DocumentStore
from functions.shared.domain.context.items.store import ItemStore
from functions.shared.domain.context.sources.store import SourceStore
from functions.shared.domain.measured.store import MetricsStore
from functions.shared.domain.organisation.store import OrganisationStore
from functions.shared.kernel.dead_letters.queues import DeadLetterQueues
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.notifications.store import NotificationStore
from functions.shared.kernel.outbound import Bounds
from functions.shared.kernel.schedules.agenda import Agenda
from functions.shared.kernel.secrets.store import SecretStore
from functions.shared.networks.registry.sign_ins import SignIns


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with.

    `webhooks_bounds` and `sources_bounds` say which addresses may be given for one.
    `recent` keeps what is dear to make for some seconds.
    `probes` each raise when the dependency they are named for does not answer.
    """

    engine: Engine
    content: ContentStore
    accounts: AccountStore
    organisations: OrganisationStore
    secrets: SecretStore
    secret_prefix: str
    notifications: NotificationStore
    webhooks_bounds: Bounds
    sources_bounds: Bounds
    webhook_secret_prefix: str
    agenda: Agenda
    dead_letters: DeadLetterQueues
    sources: SourceStore
    items: ItemStore
    documents: DocumentStore
    uploads: Uploads
    metrics: MetricsStore
    authorisations: AuthorisationStore
    sign_ins: SignIns
    limiter: RateLimiter
    answers: AnswerStore
    recent: Recent
    queue_depths: Depths = dict
    timetables: Mapping[str, str] = field(default_factory=dict)
    probes: Mapping[str, Callable[[], object]] = field(default_factory=dict)


def _services(request: Request) -> Services:
    services: Services = request.context["services"]
    return services


def _caller(request: Request) -> Caller:
    caller: Caller = request.context["caller"]
    return caller


def _base_url(request: Request) -> str:
    return str(request.context["base_url"])


TheServices = Annotated[Services, Depends(_services)]
TheCaller = Annotated[Caller, Depends(_caller)]
BaseUrl = Annotated[str, Depends(_base_url)]
