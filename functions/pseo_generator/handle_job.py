"""GENERATE_PAGE: one page, or the choice of several."""

from collections.abc import Mapping
from typing import Any

from functions.pseo_generator.generate_page import generate_page
from functions.pseo_generator.plan_pages import plan_pages
from functions.pseo_generator.press import Press
from functions.shared.jobs.catalog import parse_payload
from functions.shared.jobs.heartbeat import JobContext
from functions.shared.jobs.model import Job
from functions.shared.messages import GeneratePagePayload


def handle_job(job: Job, context: JobContext, *, press: Press) -> Mapping[str, Any]:
    """Do what the payload asks for; PermanentError names what is wrong with a payload."""
    payload = parse_payload(GeneratePagePayload, job.payload)
    if payload.trending is not None:
        return plan_pages(job, context, payload.trending, press=press)
    return generate_page(job, context, payload, press=press)
