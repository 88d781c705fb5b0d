"""Posts a publish intent, and never twice.

pending --claim--> publishing --+--> published   for good: nothing leads out of it
   ^                            +--> rejected    surely not posted; a later run claims it again
   |                            +--> unknown     may have been posted: looked up before anything else
   +--- surely not posted ------+--- (rate limit, no connection, token not taken)

A run that finds `publishing` or `unknown` does not know what the claimant's call did, and asks the platform first.
Only when the platform shows all that was posted since the claim, and a settle time after it has passed, does a
missing post count as never made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.events import publication_event
from functions.shared.domain.content.model import Post, PostState
from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.announce import wanted
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.networks.port import Published, Publisher
from functions.social_poster.services import Services

_TRIES = 5
_IN_DOUBT = (PostState.PUBLISHING, PostState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Claimant:
    """The run that posts: a name no other run has, and a check that it still may."""

    name: str
    before_posting: Callable[[], None]


def post_once(intent: Post, account: Account, claimant: Claimant, *, services: Services) -> Post:
    """The published post.

    Raises what the publisher raises, and RateLimited until the settle time of a claim in doubt has passed.
    """
    publisher = services.publishers(intent.publisher)
    post = intent
    for _ in range(_TRIES):
        if post.state is PostState.PUBLISHED:
            return post
        if post.state in _IN_DOUBT:
            after = _looked_up(post, account, publisher, services)
        else:
            claimant.before_posting()
            after = _changed(post, services, state=PostState.PUBLISHING, claimed_by=claimant.name, error=None)
        also = _event(after, services) if after.state is PostState.PUBLISHED else None
        if not services.contents.claim_post(post, after, also=also):
            post = _stored(post, services)
        elif after.state is PostState.PUBLISHING:
            return _sent(after, account, publisher, services)
        else:
            post = after
    raise TransientError("other runs keep changing this post; it is looked at again later")


def _looked_up(post: Post, account: Account, publisher: Publisher, services: Services) -> Post:
    """What the platform says the post in doubt is: published, or pending again."""
    try:
        found = publisher.find(post, account)
    except FlywheelError as error:
        if isinstance(error, OutcomeUnknown):
            services.contents.claim_post(post, _in_doubt(post, error, services))
        raise
    if found is not None:
        return _published(post, found, services)
    settled_at = (post.claimed_at or post.updated_at) + publisher.settle
    if services.engine.clock() < settled_at:
        raise RateLimited("waiting to see whether an earlier attempt made the post", retry_at=settled_at)
    log.info("post was never made", action="post_absent", post_id=post.content_id, claimed_by=post.claimed_by)
    return _changed(post, services, state=PostState.PENDING, claimed_by=None)


def _sent(claimed: Post, account: Account, publisher: Publisher, services: Services) -> Post:
    """Make the one call, and store what came of it."""
    try:
        published = publisher.publish(claimed, account)
    except OutcomeUnknown as error:
        services.contents.claim_post(claimed, _in_doubt(claimed, error, services))
        raise
    except FlywheelError as error:
        state = PostState.REJECTED if isinstance(error, PermanentError) else PostState.PENDING
        services.contents.claim_post(
            claimed, _changed(claimed, services, state=state, claimed_by=None, error=error.reason)
        )
        raise
    log.info("post published", action="post_published", post_id=claimed.content_id, platform_id=published.platform_id)
    return _recorded(claimed, published, services)


def _recorded(claimed: Post, published: Published, services: Services) -> Post:
    """Store that the post exists, whatever other runs made of the claim meanwhile."""
    post = claimed
    for _ in range(_TRIES):
        if post.state is PostState.PUBLISHED:
            return post
        after = _published(post, published, services)
        if services.contents.claim_post(post, after, also=_event(after, services)):
            return after
        post = _stored(post, services)
    raise OutcomeUnknown(f"the post was made as {published.platform_id}, but that could not be stored")


def _published(post: Post, published: Published, services: Services) -> Post:
    return _changed(
        post,
        services,
        state=PostState.PUBLISHED,
        published_at=services.engine.clock(),
        platform_id=published.platform_id,
        url=published.url,
        preview=None if published.preview is None else dict(published.preview),
        error=None,
    )


def _event(post: Post, services: Services) -> Notification | None:
    return wanted(post.org_id, NotificationKind.POST_PUBLISHED, lambda: publication_event(post), engine=services.engine)


def _in_doubt(post: Post, error: OutcomeUnknown, services: Services) -> Post:
    advice = "Check the account; a retry looks there first, and posts only if the post is surely missing"
    return _changed(post, services, state=PostState.UNKNOWN, error=f"{error.reason}. {advice}")


def _changed(post: Post, services: Services, **changes: Any) -> Post:
    now = services.engine.clock()
    if changes["state"] is PostState.PUBLISHING:
        changes["claimed_at"] = now
    return post.model_copy(update={"updated_at": now, **changes})


def _stored(post: Post, services: Services) -> Post:
    stored = services.contents.get(post.org_id, post.content_id)
    if not isinstance(stored, Post):
        raise TransientError(f"the publish intent {post.content_id} cannot be read")
    return stored
