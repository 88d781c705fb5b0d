"""GENERATE_PAGE: one page, or the choice of several."""

from collections.abc import Mapping
from typing import Any

from functions.pseo_generator.generate_page import generate_page
from functions.pseo_generator.plan_pages import plan_pages
from functions.pseo_generator.services import Services
from functions.shared.domain.payloads import GeneratePagePayload
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job


def handle_job(job: Job, context: JobContext, *, services: Services) -> Mapping[str, Any]:
    """Do what the payload asks for; PermanentError names what is wrong with a payload."""
    payload = parse_payload(GeneratePagePayload, job.payload)
    if payload.trending is not None:
        return plan_pages(job, context, payload.trending, services=services)
    return generate_page(job, context, payload, services=services)
