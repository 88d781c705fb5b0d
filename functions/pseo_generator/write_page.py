"""Has a page written and illustrated, and stores it."""

from collections.abc import Mapping

from functions.pseo_generator import site
from functions.pseo_generator.brief import brief_of, subject_of
from functions.pseo_generator.judge import PageText, accepted, judge_for, wishes
from functions.pseo_generator.prompt import SYSTEM, prompt_for
from functions.pseo_generator.services import Services
from functions.shared.domain.content.model import Page, WrittenBy
from functions.shared.domain.context.choose import relevant_context
from functions.shared.domain.market import MarketEvent
from functions.shared.kernel.clock import derived_id, moment_of
from functions.shared.kernel.errors import FlywheelError, PermanentError
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.log import log
from functions.shared.writing.briefs import PageBrief, PageDraft
from functions.shared.writing.models.port import ImageRequest, TextRequest

_EXTENSIONS: Mapping[str, str] = {
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
}


def write_page(job: Job, context: JobContext, event: MarketEvent, before: Page | None, *, services: Services) -> Page:
    """The organisation's page about this event, new or in place of `before`, stored but not yet published."""
    context.report("writing the page")
    now = services.engine.clock()
    own = services.site.url("")
    used = relevant_context(job.org_id, subject_of(event), items=services.items, now=now, outside=own)
    brief = brief_of(event, used)
    text, written_by = _text(brief, services)
    context.checkpoint()
    context.report("making the picture")
    image_key = _picture(job, text.image_prompt, brief, services)
    context.checkpoint()
    content_id = before.content_id if before else _reserved_id(job, event, services)
    key = site.page_key(job.org_id, event.slug)
    page = Page(
        org_id=job.org_id,
        content_id=content_id,
        job_id=job.job_id,
        created_at=before.created_at if before else moment_of(content_id),
        updated_at=services.engine.clock(),
        slug=event.slug,
        url=services.site.url(key),
        object_key=key,
        title=text.title,
        description=text.description,
        keywords=text.keywords,
        body_html=text.body_html,
        image_prompt=text.image_prompt,
        image_key=image_key,
        event=event,
        written_by=written_by,
        context=used,
    )
    services.contents.put(page)
    return page


def _text(brief: PageBrief, services: Services) -> tuple[PageText, WrittenBy]:
    request = TextRequest(
        prompt=prompt_for(brief),
        system=SYSTEM,
        brief=brief,
        draft=PageDraft,
        check=judge_for(brief),
        wishes=wishes,
    )
    response = services.text_model.generate_text(request)
    return accepted(response.require(), brief), response.written_by


def _picture(job: Job, prompt: str, brief: PageBrief, services: Services) -> str | None:
    """The key of the page's picture; None when none could be made, because a page is worth more than its picture."""
    try:
        image = services.image_model.generate_image(ImageRequest(prompt=prompt, brief=brief)).require()
        if image.media_type not in _EXTENSIONS:
            raise PermanentError(f"the image model answered with {image.media_type}")
    except FlywheelError as error:
        log.warning("page without a picture", action="picture_failed", reason=error.reason)
        return None
    key = site.picture_key(job.org_id, brief.event.slug, _EXTENSIONS[image.media_type])
    services.objects.put(key, image.data, image.media_type, cache_control=site.SHORT_LIVED)
    return key


def _reserved_id(job: Job, event: MarketEvent, services: Services) -> str:
    """The id of the one page about this event: two jobs that write it at the same time agree on it here."""
    own = derived_id(job.created_at, "page", job.org_id, job.job_id)
    return services.contents.reserve_slug(job.org_id, event.slug, own)
