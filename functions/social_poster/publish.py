"""PUBLISH_CONTENT: a content becomes a post on one account, or a job for each account."""

from collections.abc import Mapping
from typing import Any

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Variant
from functions.shared.domain.job_types import JobType
from functions.shared.domain.limits import MOST_ACCOUNTS
from functions.shared.domain.payloads import PublishContentPayload
from functions.shared.domain.publish_intent import publish_job_id, publishing_accounts
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job
from functions.shared.networks.authorisation import require_connected
from functions.social_poster.open_intent import open_intent
from functions.social_poster.post_once import Claimant, post_once
from functions.social_poster.services import Postable, Services, title_of


def publish(job: Job, context: JobContext, *, services: Services) -> Mapping[str, Any]:
    """Post, and answer with the post; without an account, plan a job for each and answer with those."""
    payload = parse_payload(PublishContentPayload, job.payload)
    content = services.postable(job.org_id, payload.content_id)
    if payload.account_id is None:
        return _fan_out(job, payload, content, services)
    account = services.account(job.org_id, payload.account_id, content)
    context.report(f"writing for {account.network}")
    intent = open_intent(content, account, job_id=job.job_id, services=services)
    context.checkpoint()
    context.report(f"posting on {account.name}")

    def before_posting() -> None:
        context.checkpoint()
        require_connected(account, services.engine)

    claimant = Claimant(f"{job.job_id}/{job.attempt}/{job.owner}", before_posting=before_posting)
    post = post_once(intent, account, claimant, services=services)
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


def _fan_out(job: Job, payload: PublishContentPayload, content: Postable, services: Services) -> Mapping[str, Any]:
    network = content.network if isinstance(content, Variant) else None
    accounts = publishing_accounts(job.org_id, _accounts_of(job.org_id, services), network)
    return {"jobs": [_planned(job, payload, content, account, services) for account in accounts]}


def _accounts_of(org_id: str, services: Services) -> list[Account]:
    """No more than an organisation may have, though one of an earlier version may have more. Decision 0035."""
    return services.accounts.page(org_id, after=None, limit=MOST_ACCOUNTS)


def _planned(
    job: Job, payload: PublishContentPayload, content: Postable, account: Account, services: Services
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
    planned, is_new = plan(submission, engine=services.engine)
    return {"account_id": account.account_id, "job_id": planned.job_id, "new": is_new}
