"""A page generator with everything in memory, writing with the offline model over the bundled sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from functions.pseo_generator.cards.memory import MemoryCards
from functions.pseo_generator.handle_job import handle_job
from functions.pseo_generator.markets.sample import Sample
from functions.pseo_generator.services import Services
from functions.pseo_generator.site import Site
from functions.shared.domain.accounts.memory import MemoryAccountStore
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import WrittenBy
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.due.memory import MemoryDue
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.memory import MemoryOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.memory import MemoryDispatcher
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.run import Delivery, Handlers, run
from functions.shared.kernel.messages import JobMessage
from functions.shared.kernel.objects.memory import MemoryObjects
from functions.shared.writing.models.port import Image, ImageRequest, ImageResponse
from functions.shared.writing.offline.model import OfflineModel
from tests.support.engines import memory_engine

SITE_URL = "https://site.example"
PAINTED_BY = WrittenBy(provider="test", model="painter")
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630"><rect width="1200" height="630"/></svg>'


@dataclass
class Painter:
    """An image model that paints one square, or fails with `error`."""

    error: FlywheelError | None = None
    media_type: str = "image/svg+xml"

    def generate_image(self, request: ImageRequest) -> ImageResponse:
        if self.error is not None:
            return ImageResponse(content=None, error=self.error, written_by=PAINTED_BY)
        return ImageResponse(content=Image(SQUARE, self.media_type), error=None, written_by=PAINTED_BY)


def page_services(clock: Clock, **changes: Any) -> Services:
    """A services with one organisation, `acme`."""
    organisations = MemoryOrganisationStore()
    organisations.put(Organisation(org_id="acme", name="Acme Forecasts", created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    collaborators: dict[str, Any] = {
        "source": Sample(),
        "text_model": OfflineModel(),
        "image_model": Painter(),
        "contents": MemoryContentStore(),
        "cards": MemoryCards(),
        "accounts": MemoryAccountStore(),
        "organisations": organisations,
        "items": MemoryItems(clock),
        "objects": MemoryObjects(),
        "site": Site(SITE_URL),
        "engine": memory_engine(clock=clock),
    }
    collaborators |= changes
    due = MemoryDue(collaborators["organisations"], collaborators["accounts"])
    return Services(**{"due": due, **collaborators})


def handlers_of(services: Services) -> Handlers:
    return {JobType.GENERATE_PAGE: partial(handle_job, services=services)}


def a_job(services: Services, payload: Mapping[str, Any], org_id: str = "acme") -> Job:
    """A page job, admitted and not yet run."""
    return plan(Submission(org_id=org_id, type=JobType.GENERATE_PAGE, payload=payload), engine=services.engine)[0]


def ran(services: Services, payload: Mapping[str, Any], org_id: str = "acme") -> Job:
    """A page job after its run."""
    return run_job(services, a_job(services, payload, org_id))


def run_job(services: Services, job: Job) -> Job:
    message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
    run(message, Delivery(), handlers=handlers_of(services), engine=services.engine)
    after = services.engine.store.get(job.org_id, job.job_id)
    assert after is not None
    return after


def sent(services: Services, lane: str) -> list[str]:
    """The ids of the jobs whose messages were sent to this queue."""
    assert isinstance(services.engine.dispatcher, MemoryDispatcher)
    return [message.job_id for to, message, _ in services.engine.dispatcher.sent if to == lane]


def published(services: Services, key: str) -> str:
    """An object of the site as text."""
    stored = services.objects.get(key)
    assert stored is not None, f"{key} was not published"
    return stored[0].decode()
