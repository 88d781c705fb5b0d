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

from functions.shared.content import Account, Post, PostState
from functions.shared.errors import FlywheelError, OutcomeUnknown, PermanentError, RateLimited, TransientError
from functions.shared.log import log
from functions.social_poster.desk import Desk
from functions.social_poster.publishers.publisher import Published, Publisher

_TRIES = 5
_IN_DOUBT = (PostState.PUBLISHING, PostState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Claimant:
    """The run that posts: a name no other run has, and a check that it still may."""

    name: str
    before_posting: Callable[[], None]


def post_once(intent: Post, account: Account, claimant: Claimant, *, desk: Desk) -> Post:
    """The published post.

    Raises what the publisher raises, and RateLimited until the settle time of a claim in doubt has passed.
    """
    publisher = desk.publishers(intent.publisher)
    post = intent
    for _ in range(_TRIES):
        if post.state is PostState.PUBLISHED:
            return post
        if post.state in _IN_DOUBT:
            after = _looked_up(post, account, publisher, desk)
        else:
            claimant.before_posting()
            after = _changed(post, desk, state=PostState.PUBLISHING, claimed_by=claimant.name, error=None)
        if not desk.contents.claim_post(post, after):
            post = _stored(post, desk)
        elif after.state is PostState.PUBLISHING:
            return _sent(after, account, publisher, desk)
        else:
            post = after
    raise TransientError("other runs keep changing this post; it is looked at again later")


def _looked_up(post: Post, account: Account, publisher: Publisher, desk: Desk) -> Post:
    """What the platform says the post in doubt is: published, or pending again."""
    try:
        found = publisher.find(post, account)
    except FlywheelError as error:
        if isinstance(error, OutcomeUnknown):
            desk.contents.claim_post(post, _in_doubt(post, error, desk))
        raise
    if found is not None:
        return _published(post, found, desk)
    settled_at = (post.claimed_at or post.updated_at) + publisher.settle
    if desk.engine.clock() < settled_at:
        raise RateLimited("waiting to see whether an earlier attempt made the post", retry_at=settled_at)
    log.info("post was never made", action="post_absent", post_id=post.content_id, claimed_by=post.claimed_by)
    return _changed(post, desk, state=PostState.PENDING, claimed_by=None)


def _sent(claimed: Post, account: Account, publisher: Publisher, desk: Desk) -> Post:
    """Make the one call, and store what came of it."""
    try:
        published = publisher.publish(claimed, account)
    except OutcomeUnknown as error:
        desk.contents.claim_post(claimed, _in_doubt(claimed, error, desk))
        raise
    except FlywheelError as error:
        state = PostState.REJECTED if isinstance(error, PermanentError) else PostState.PENDING
        desk.contents.claim_post(claimed, _changed(claimed, desk, state=state, claimed_by=None, error=error.reason))
        raise
    log.info("post published", action="post_published", post_id=claimed.content_id, platform_id=published.platform_id)
    return _recorded(claimed, published, desk)


def _recorded(claimed: Post, published: Published, desk: Desk) -> Post:
    """Store that the post exists, whatever other runs made of the claim meanwhile."""
    post = claimed
    for _ in range(_TRIES):
        if post.state is PostState.PUBLISHED:
            return post
        after = _published(post, published, desk)
        if desk.contents.claim_post(post, after):
            return after
        post = _stored(post, desk)
    raise OutcomeUnknown(f"the post was made as {published.platform_id}, but that could not be stored")


def _published(post: Post, published: Published, desk: Desk) -> Post:
    return _changed(
        post,
        desk,
        state=PostState.PUBLISHED,
        published_at=desk.engine.clock(),
        platform_id=published.platform_id,
        url=published.url,
        preview=None if published.preview is None else dict(published.preview),
        error=None,
    )


def _in_doubt(post: Post, error: OutcomeUnknown, desk: Desk) -> Post:
    advice = "Check the account; a retry looks there first, and posts only if the post is surely missing"
    return _changed(post, desk, state=PostState.UNKNOWN, error=f"{error.reason}. {advice}")


def _changed(post: Post, desk: Desk, **changes: Any) -> Post:
    now = desk.engine.clock()
    if changes["state"] is PostState.PUBLISHING:
        changes["claimed_at"] = now
    return post.model_copy(update={"updated_at": now, **changes})


def _stored(post: Post, desk: Desk) -> Post:
    stored = desk.contents.get(post.org_id, post.content_id)
    if not isinstance(stored, Post):
        raise TransientError(f"the publish intent {post.content_id} cannot be read")
    return stored
