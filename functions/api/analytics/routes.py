"""What became of posts, and what was learned from it."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.analytics.break_down import break_down
from functions.api.analytics.models import (
    AnalyticsSummary,
    Breakdown,
    LearningList,
    LearningView,
    PostAnalytics,
    SnapshotView,
    rounded,
)
from functions.api.analytics.summarise import accounts_by_id, metrics_view, summarise_posts, why_unread
from functions.api.answers import answers, json_answer
from functions.api.cursors import Listing
from functions.api.parameters import DEFAULT_LIMIT, Cursor, Limit, PathId, is_id
from functions.api.refusals import Missing
from functions.api.resolver import new_router
from functions.api.services import Services, TheCaller, TheServices
from functions.shared.domain.content.model import Post, PostState
from functions.shared.domain.measured.learn import FEWEST_POSTS, learnings_of
from functions.shared.domain.measured.model import Learning, Measured
from functions.shared.domain.network import Network

NOTHING_LEARNED = (
    f"nothing can be said yet: it takes {FEWEST_POSTS} posts of one kind whose counts were read at a fixed age (two "
    "days unless the deployment says otherwise) and posts of another kind to compare them with"
)

router = new_router()


@router.get(
    "/api/analytics/summary",
    summary="What posts gained, against the period before",
    description="With the best and the worst posts, and how many posts have no metrics and why.",
    tags=["analytics"],
    responses=answers(200, AnalyticsSummary, 422),
)
def show_summary(
    services: TheServices,
    caller: TheCaller,
    period: Annotated[Literal["7d", "30d", "90d"], Query(description="How many days, today included.")] = "30d",
    network: Annotated[Network | None, Query(description="Only this network.")] = None,
) -> Response[str]:
    return json_answer(200, summarise_posts(caller.org_id, period, network, services=services))


@router.get(
    "/api/analytics/breakdown",
    summary="What posts gained by style, topic or hour",
    description="The figures themselves, also of few posts; what can be concluded from them is under `/api/learnings`.",
    tags=["analytics"],
    responses=answers(200, Breakdown, 422),
)
def show_breakdown(
    services: TheServices,
    caller: TheCaller,
    by: Annotated[Literal["style", "topic", "hour"], Query(description="What to put side by side.")],
    period: Annotated[Literal["7d", "30d", "90d"], Query(description="How many days, today included.")] = "30d",
) -> Response[str]:
    return json_answer(200, break_down(caller.org_id, by, period, services=services))


@router.get(
    "/api/analytics/posts/<post_id>",
    summary="What became of one post",
    description="`metrics` are null where there are none, and `reason` says why: no number is ever invented.",
    tags=["analytics"],
    responses=answers(200, PostAnalytics, 404),
)
def show_post(post_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    post = services.content.get(caller.org_id, post_id) if is_id(post_id) else None
    if not isinstance(post, Post):
        raise Missing("post", post_id)
    measured = services.metrics.get(caller.org_id, post_id)
    series = services.metrics.series(caller.org_id, post_id) if measured else []
    view = PostAnalytics(
        post_id=post.content_id,
        account_id=post.account_id,
        network=post.network,
        publisher=post.publisher,
        title=post.title,
        url=post.url,
        published_at=post.published_at,
        style=post.choice.style if post.choice else None,
        topics=measured.topics if measured else (),
        metrics=metrics_view(measured.metrics) if measured and measured.taken_at else None,
        reason=_reason(post, measured, services),
        taken_at=measured.taken_at if measured else None,
        next_read_at=measured.next_read_at if measured else None,
        learned_rate=rounded(measured.learned_rate) if measured else None,
        series=[SnapshotView(taken_at=each.taken_at, metrics=metrics_view(each.metrics)) for each in series],
    )
    return json_answer(200, view)


@router.get(
    "/api/learnings",
    summary="What works, best first",
    description="From the rates of posts at a fixed age; the surest ones are told to the writer of the next posts.",
    tags=["analytics"],
    responses=answers(200, LearningList, 422),
)
def list_learnings(
    services: TheServices, caller: TheCaller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[str]:
    listing = Listing("learnings", caller.org_id)
    start = listing.number(cursor)
    learnings = learnings_of(services.metrics.arms(caller.org_id, at=services.engine.clock()))
    page = learnings[start : start + limit]
    more = str(start + limit) if len(learnings) > start + limit else None
    items = [_learning(each) for each in page]
    reason = None if learnings else NOTHING_LEARNED
    return json_answer(200, LearningList(items=items, reason=reason, next_cursor=listing.cursor(more)))


def _reason(post: Post, measured: Measured | None, services: Services) -> str | None:
    if post.state is not PostState.PUBLISHED:
        return f"it is not published: its state is {post.state}"
    return why_unread(post, measured, accounts_by_id(post.org_id, services))


def _learning(learning: Learning) -> LearningView:
    verdict: Literal["better", "worse", "unclear"] = "unclear"
    if learning.is_better or learning.is_worse:
        verdict = "better" if learning.is_better else "worse"
    rates = {name: round(getattr(learning, name), 6) for name in ("rate", "low", "high", "overall")}
    return LearningView(**{**learning.model_dump(), **rates, "verdict": verdict})
