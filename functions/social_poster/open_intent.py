"""Writes down what is to be posted, once and before anything is sent, so that every later run sends the same."""

from functions.shared.content import Account, Page, Post, Variant
from functions.shared.errors import PermanentError
from functions.shared.facts import MOST_LIKELY, RUNNER_UP, facts_of
from functions.shared.post_rules import problems
from functions.shared.post_writer import WrittenPost, brief_for, write_post
from functions.shared.publish_intent import post_id
from functions.social_poster.desk import Desk, Postable, title_of


def open_intent(content: Postable, account: Account, *, job_id: str, desk: Desk) -> Post:
    """The stored publish intent of this content on this account; its text is written when there is none yet."""
    content_id = post_id(content.org_id, content.content_id, account.account_id, content.created_at)
    stored = desk.contents.get(content.org_id, content_id)
    if isinstance(stored, Post):
        return stored
    link = content.url if isinstance(content, Page) else None
    written = _written(content, account, content_id, link, desk)
    now = desk.engine.clock()
    return desk.contents.open_post(
        Post(
            org_id=content.org_id,
            content_id=content_id,
            job_id=job_id,
            created_at=now,
            updated_at=now,
            parent_id=content.content_id,
            account_id=account.account_id,
            network=account.network,
            publisher=account.publisher,
            title=title_of(content),
            text=written.text,
            link=link,
            written_by=written.written_by,
        )
    )


def _written(content: Postable, account: Account, seed: str, link: str | None, desk: Desk) -> WrittenPost:
    """A variant's own text, or a new one about a page."""
    if isinstance(content, Variant):
        if refused := problems(content.text, account.network):
            raise PermanentError(f"{content.content_id} breaks {account.network}'s rules: {'; '.join(refused)}")
        return WrittenPost(content.text, content.hashtags, content.written_by)
    brief = brief_for(account.network, content.title, seed=seed, link=link, facts=_facts(content))
    return write_post(brief, model=desk.model)


def _facts(page: Page) -> dict[str, str]:
    """What a post may say of the page's event; the first outcome leads only where just one of them can come true."""
    leads = (MOST_LIKELY, RUNNER_UP) if not page.event.exclusive else ()
    return {label: figure for label, figure in facts_of(page.event).items() if label not in leads}
