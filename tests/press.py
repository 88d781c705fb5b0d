"""A page generator with everything in memory, writing with the offline model over the bundled sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from functions.pseo_generator.handle_job import handle_job
from functions.pseo_generator.markets.sample import Sample
from functions.pseo_generator.press import Press
from functions.pseo_generator.site import Site
from functions.shared.ai.model import Image, ImageRequest, ImageResponse
from functions.shared.ai.offline.model import OfflineModel
from functions.shared.clock import Clock
from functions.shared.content import Organisation, WrittenBy
from functions.shared.context.memory import MemoryItems
from functions.shared.errors import FlywheelError
from functions.shared.jobs.admit import Submission, plan
from functions.shared.jobs.memory import MemoryDispatcher, memory_engine
from functions.shared.jobs.model import Job, JobType
from functions.shared.jobs.run import Delivery, Handler, run
from functions.shared.messages import JobMessage
from functions.shared.store.memory import MemoryAccountStore, MemoryContentStore, MemoryObjects

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


def a_press(clock: Clock, **changes: Any) -> Press:
    """A press with one organisation, `acme`."""
    accounts = MemoryAccountStore()
    accounts.put_organisation(
        Organisation(org_id="acme", name="Acme Forecasts", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    )
    collaborators: dict[str, Any] = {
        "source": Sample(),
        "text_model": OfflineModel(),
        "image_model": Painter(),
        "contents": MemoryContentStore(),
        "accounts": accounts,
        "items": MemoryItems(clock),
        "objects": MemoryObjects(),
        "site": Site(SITE_URL),
        "engine": memory_engine(clock=clock),
    }
    return Press(**{**collaborators, **changes})


def handlers_of(press: Press) -> Mapping[JobType, Handler]:
    return {JobType.GENERATE_PAGE: partial(handle_job, press=press)}


def a_job(press: Press, payload: Mapping[str, Any], org_id: str = "acme") -> Job:
    """A page job, admitted and not yet run."""
    return plan(Submission(org_id=org_id, type=JobType.GENERATE_PAGE, payload=payload), engine=press.engine)[0]


def ran(press: Press, payload: Mapping[str, Any], org_id: str = "acme") -> Job:
    """A page job after its run."""
    return run_job(press, a_job(press, payload, org_id))


def run_job(press: Press, job: Job) -> Job:
    message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
    run(message, Delivery(), handlers=handlers_of(press), engine=press.engine)
    after = press.engine.store.get(job.org_id, job.job_id)
    assert after is not None
    return after


def sent(press: Press, lane: str) -> list[str]:
    """The ids of the jobs whose messages were sent to this queue."""
    assert isinstance(press.engine.dispatcher, MemoryDispatcher)
    return [message.job_id for to, message, _ in press.engine.dispatcher.sent if to == lane]


def published(press: Press, key: str) -> str:
    """An object of the site as text."""
    stored = press.objects.get(key)
    assert stored is not None, f"{key} was not published"
    return stored[0].decode()
