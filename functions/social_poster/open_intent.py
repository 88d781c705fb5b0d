"""Writes down what is to be posted, once and before anything is sent, so that every later run sends the same."""

from dataclasses import dataclass

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Page, Post, Variant
from functions.shared.domain.facts import MOST_LIKELY, RUNNER_UP, facts_of
from functions.shared.domain.measured.model import Choice, Lesson
from functions.shared.domain.publish_intent import post_id
from functions.shared.kernel.errors import PermanentError
from functions.shared.networks.compose import problems
from functions.shared.writing.posts.teach import teaching_for
from functions.shared.writing.posts.write import WrittenPost, brief_for, write_post
from functions.social_poster.services import Postable, Services, title_of


def open_intent(content: Postable, account: Account, *, job_id: str, services: Services) -> Post:
    """The stored publish intent of this content on this account; its text is written when there is none yet."""
    content_id = post_id(content.org_id, content.content_id, account.account_id, content.created_at)
    stored = services.contents.get(content.org_id, content_id)
    if isinstance(stored, Post):
        return stored
    link = content.url if isinstance(content, Page) else None
    made = _made(content, account, content_id, link, services)
    now = services.engine.clock()
    return services.contents.open_post(
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
            text=made.written.text,
            link=link,
            written_by=made.written.written_by,
            hashtags=made.written.hashtags,
            choice=made.choice,
            lessons=made.lessons,
        )
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """A post's text, the style it is in and what its writer was told."""

    written: WrittenPost
    choice: Choice | None
    lessons: tuple[Lesson, ...]


def _made(content: Postable, account: Account, content_id: str, link: str | None, services: Services) -> _Made:
    """A variant's own text, or a new one about a page."""
    if isinstance(content, Variant):
        if refused := problems(content.text, account.network):
            raise PermanentError(f"{content.content_id} breaks {account.network}'s rules: {'; '.join(refused)}")
        written = WrittenPost(content.text, content.hashtags, content.written_by)
        return _Made(written, content.choice, content.lessons)
    arms = services.metrics.arms(content.org_id, at=services.engine.clock())
    teaching = teaching_for(account.network, arms, seed=content_id)
    brief = brief_for(
        account.network,
        content.title,
        seed=content_id,
        link=link,
        facts=_facts(content),
        style=teaching.choice.style,
        lessons=teaching.lessons,
    )
    return _Made(write_post(brief, model=services.model), teaching.choice, teaching.lessons)


def _facts(page: Page) -> dict[str, str]:
    """What a post may say of the page's event; the first outcome leads only where just one of them can come true."""
    leads = (MOST_LIKELY, RUNNER_UP) if not page.event.exclusive else ()
    return {label: figure for label, figure in facts_of(page.event).items() if label not in leads}
