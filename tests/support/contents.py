"""Small examples of everything Flywheel makes."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from functions.shared.domain.content.model import Page, Post, Variant, WrittenBy
from functions.shared.domain.market import MarketEvent, Outcome
from functions.shared.domain.network import Network

WRITTEN_BY = WrittenBy(provider="offline", model="offline-writer")


def an_event(now: datetime, **changes: Any) -> MarketEvent:
    event = MarketEvent(
        event_id="30829",
        slug="tea-or-coffee",
        title="Will tea outsell coffee?",
        url="https://polymarket.com/event/tea-or-coffee",
        origin="polymarket",
        captured_at=now,
        volume=Decimal("5669354.2"),
        outcome_count=2,
        outcomes=(
            Outcome(name="Yes", probability=Decimal("0.375")),
            Outcome(name="No", probability=Decimal("0.625")),
        ),
    )
    return event.model_copy(update=changes)


def a_page(now: datetime, **changes: Any) -> Page:
    page = Page(
        org_id="acme",
        content_id="page-1",
        job_id="job-1",
        created_at=now,
        updated_at=now,
        slug="tea-or-coffee",
        url="https://site.example/acme/tea-or-coffee.html",
        object_key="acme/tea-or-coffee.html",
        title="Will tea outsell coffee?",
        description="What the market says about tea and coffee, with the figures behind it.",
        keywords=("tea", "coffee", "forecast"),
        body_html="<p>Tea stands at 37.5%.</p>",
        image_prompt="A cup of tea",
        event=an_event(now),
        written_by=WRITTEN_BY,
    )
    return page.model_copy(update=changes)


def a_variant(now: datetime, **changes: Any) -> Variant:
    variant = Variant(
        org_id="acme",
        content_id="variant-1",
        job_id="job-1",
        created_at=now,
        updated_at=now,
        network=Network.LINKEDIN,
        topic="tea",
        text="Tea is on the rise.",
        hashtags=("tea",),
        written_by=WRITTEN_BY,
    )
    return variant.model_copy(update=changes)


def a_post(now: datetime, **changes: Any) -> Post:
    post = Post(
        org_id="acme",
        content_id="post-1",
        job_id="job-2",
        created_at=now,
        updated_at=now,
        parent_id="page-1",
        account_id="preview",
        network=Network.TWITTER,
        publisher="preview",
        title="Will tea outsell coffee?",
        text="Tea stands at 37.5%.",
        link="https://site.example/acme/tea-or-coffee.html",
        written_by=WRITTEN_BY,
    )
    return post.model_copy(update=changes)
