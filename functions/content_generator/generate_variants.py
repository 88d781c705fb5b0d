"""GENERATE_CONTENT: a topic becomes one variant for each network."""

from collections.abc import Mapping
from typing import Any

from functions.shared.ai.model import TextModel
from functions.shared.clock import Clock, derived_id
from functions.shared.content import Usage, Variant
from functions.shared.errors import PermanentError
from functions.shared.jobs.catalog import parse_payload
from functions.shared.jobs.heartbeat import JobContext
from functions.shared.jobs.model import Job
from functions.shared.messages import GenerateContentPayload
from functions.shared.networks import Network
from functions.shared.post_rules import RULES, length
from functions.shared.post_writer import brief_for, write_post
from functions.shared.store.content import ContentStore


def generate_variants(
    job: Job, context: JobContext, *, contents: ContentStore, model: TextModel, clock: Clock
) -> Mapping[str, Any]:
    """Write what is not stored yet, and answer with every variant and the tokens they took.

    A transient error ends the run at once: what was stored is kept, and not written again by the next run. A network
    whose text cannot be written does not keep the others from being written; then PermanentError names it.
    """
    payload = parse_payload(GenerateContentPayload, job.payload)
    variants: list[Variant] = []
    failures: list[str] = []
    for network in payload.platforms:
        context.checkpoint()
        try:
            variants.append(_variant(job, payload, network, context, contents=contents, model=model, clock=clock))
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


def _variant(
    job: Job,
    payload: GenerateContentPayload,
    network: Network,
    context: JobContext,
    *,
    contents: ContentStore,
    model: TextModel,
    clock: Clock,
) -> Variant:
    """The stored variant, or a new one once it is stored."""
    content_id = variant_id(job, network)
    stored = contents.get(job.org_id, content_id)
    if isinstance(stored, Variant):
        return stored
    post = write_post(brief_for(network, payload.topic, tone=payload.tone, seed=content_id), model=model)
    context.checkpoint()  # the user may have cancelled while the model was writing
    now = clock()
    variant = Variant(
        org_id=job.org_id,
        content_id=content_id,
        job_id=job.job_id,
        created_at=job.created_at,
        updated_at=now,
        network=network,
        topic=payload.topic,
        tone=payload.tone,
        text=post.text,
        hashtags=post.hashtags,
        written_by=post.written_by,
    )
    contents.put(variant)
    return variant


def _result(variants: list[Variant]) -> Mapping[str, Any]:
    usage = sum((variant.written_by.usage for variant in variants), Usage())
    return {"variants": [_summary(variant) for variant in variants], "usage": usage.model_dump()}


def _summary(variant: Variant) -> Mapping[str, Any]:
    return {
        "content_id": variant.content_id,
        "network": variant.network.value,
        "text": variant.text,
        "hashtags": list(variant.hashtags),
        "length": length(variant.text, variant.network),
        "limit": RULES[variant.network].max_length,
    }
