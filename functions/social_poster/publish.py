"""PUBLISH_CONTENT: a content becomes a post on one account, or a job for each account."""

from collections.abc import Mapping
from typing import Any

from functions.shared.content import Account, Variant
from functions.shared.jobs.admit import Submission, plan
from functions.shared.jobs.catalog import parse_payload
from functions.shared.jobs.heartbeat import JobContext
from functions.shared.jobs.model import Job, JobType
from functions.shared.messages import PublishContentPayload
from functions.shared.publish_intent import publish_job_id, publishing_accounts
from functions.shared.x.authorisation import require_connected
from functions.social_poster.desk import Desk, Postable, title_of
from functions.social_poster.open_intent import open_intent
from functions.social_poster.post_once import Claimant, post_once


def publish(job: Job, context: JobContext, *, desk: Desk) -> Mapping[str, Any]:
    """Post, and answer with the post; without an account, plan a job for each and answer with those."""
    payload = parse_payload(PublishContentPayload, job.payload)
    content = desk.postable(job.org_id, payload.content_id)
    if payload.account_id is None:
        return _fan_out(job, payload, content, desk)
    account = desk.account(job.org_id, payload.account_id, content)
    context.report(f"writing for {account.network}")
    intent = open_intent(content, account, job_id=job.job_id, desk=desk)
    context.checkpoint()
    context.report(f"posting on {account.name}")

    def before_posting() -> None:
        context.checkpoint()
        require_connected(account, desk.engine)

    claimant = Claimant(f"{job.job_id}/{job.attempt}/{job.owner}", before_posting=before_posting)
    post = post_once(intent, account, claimant, desk=desk)
    return {
        "post_id": post.content_id,
        "account_id": account.account_id,
        "network": post.network.value,
        "publisher": post.publisher,
        "state": post.state.value,
        "platform_id": post.platform_id,
        "url": post.url,
        "text": post.text,
    }


def _fan_out(job: Job, payload: PublishContentPayload, content: Postable, desk: Desk) -> Mapping[str, Any]:
    network = content.network if isinstance(content, Variant) else None
    accounts = publishing_accounts(job.org_id, desk.accounts.accounts(job.org_id), network)
    return {"jobs": [_planned(job, payload, content, account, desk) for account in accounts]}


def _planned(
    job: Job, payload: PublishContentPayload, content: Postable, account: Account, desk: Desk
) -> Mapping[str, Any]:
    submission = Submission(
        org_id=job.org_id,
        type=JobType.PUBLISH_CONTENT,
        payload={
            "content_id": content.content_id,
            "title": payload.title or title_of(content),
            "account_id": account.account_id,
        },
        priority=job.priority,
        job_id=publish_job_id(job.org_id, content.content_id, account.account_id, content.created_at),
    )
    planned, is_new = plan(submission, engine=desk.engine)
    return {"account_id": account.account_id, "job_id": planned.job_id, "new": is_new}
