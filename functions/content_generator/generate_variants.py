"""GENERATE_CONTENT: a topic becomes one variant for each network."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from functions.content_generator.services import Services
from functions.shared.domain.content.model import Usage, Variant
from functions.shared.domain.context.choose import relevant_context
from functions.shared.domain.context.model import Excerpt
from functions.shared.domain.measured.model import Arm
from functions.shared.domain.network import Network
from functions.shared.domain.payloads import GenerateContentPayload
from functions.shared.kernel.clock import derived_id
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job
from functions.shared.networks.compose import length
from functions.shared.networks.registry.rules import RULES
from functions.shared.writing.posts.teach import teaching_for
from functions.shared.writing.posts.write import brief_for, write_post


@dataclass(frozen=True, slots=True)
class _Material:
    """What all variants of a topic are written with."""

    context: tuple[Excerpt, ...]
    arms: list[Arm]


def generate_variants(job: Job, context: JobContext, *, services: Services) -> Mapping[str, Any]:
    """Write what is not stored yet, and answer with every variant, what it was written with, and the tokens taken.

    A transient error ends the run at once: what was stored is kept, and not written again by the next run. A network
    whose text cannot be written does not keep the others from being written; then PermanentError names it.
    """
    payload = parse_payload(GenerateContentPayload, job.payload)
    material = cache(partial(_material, job, payload, services))  # read once, and only if something is to be written
    variants: list[Variant] = []
    failures: list[str] = []
    for network in payload.platforms:
        context.checkpoint()
        try:
            stored = services.contents.get(job.org_id, variant_id(job, network))
            if not isinstance(stored, Variant):
                stored = _written(job, payload, network, context, material=material(), services=services)
            variants.append(stored)
        except PermanentError as error:
            failures.append(f"{network}: {error.reason}")
        context.report(f"{len(variants)} of {len(payload.platforms)} variants")
    if failures:
        kept = f" ({len(variants)} of {len(payload.platforms)} variants were written and are kept)" if variants else ""
        raise PermanentError("; ".join(failures) + kept)
    return _result(variants)


def variant_id(job: Job, network: Network) -> str:
    """The id of the variant this job writes for this network."""
    return derived_id(job.created_at, "variant", job.org_id, job.job_id, network)


def _material(job: Job, payload: GenerateContentPayload, services: Services) -> _Material:
    return _Material(
        context=relevant_context(job.org_id, payload.topic, items=services.items, now=services.engine.clock()),
        arms=services.metrics.arms(job.org_id, at=services.engine.clock()),
    )


def _written(
    job: Job,
    payload: GenerateContentPayload,
    network: Network,
    context: JobContext,
    *,
    material: _Material,
    services: Services,
) -> Variant:
    """A new variant, once it is stored."""
    content_id = variant_id(job, network)
    teaching = teaching_for(network, material.arms, seed=content_id)
    brief = brief_for(
        network,
        payload.topic,
        tone=payload.tone,
        seed=content_id,
        context=material.context,
        style=teaching.choice.style,
        lessons=teaching.lessons,
    )
    post = write_post(brief, model=services.model)
    context.checkpoint()  # the user may have cancelled while the model was writing
    variant = Variant(
        org_id=job.org_id,
        content_id=content_id,
        job_id=job.job_id,
        created_at=job.created_at,
        updated_at=services.engine.clock(),
        network=network,
        topic=payload.topic,
        tone=payload.tone,
        text=post.text,
        hashtags=post.hashtags,
        written_by=post.written_by,
        context=material.context,
        choice=teaching.choice,
        lessons=teaching.lessons,
    )
    services.contents.put(variant)
    return variant


def _result(variants: list[Variant]) -> Mapping[str, Any]:
    usage = sum((variant.written_by.usage for variant in variants), Usage())
    used = {excerpt.item_id: excerpt for variant in variants for excerpt in variant.context}
    return {
        "variants": [_summary(variant) for variant in variants],
        "context": [excerpt.named() for excerpt in used.values()],
        "usage": usage.model_dump(),
    }


def _summary(variant: Variant) -> Mapping[str, Any]:
    return {
        "content_id": variant.content_id,
        "network": variant.network.value,
        "text": variant.text,
        "hashtags": list(variant.hashtags),
        "style": variant.choice.style if variant.choice else None,
        "length": length(variant.text, variant.network),
        "limit": RULES[variant.network].max_length,
    }
