"""Puts an organisation's figures of a period together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from functions.api.analytics.compare_periods import Period, by_network, compared
from functions.api.analytics.models import AnalyticsSummary, MetricsView, RankedPost, WithoutMetrics, rounded
from functions.api.services import Services
from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.domain.content.model import Post
from functions.shared.domain.content.published import Publication
from functions.shared.domain.measured.model import Measured, Metrics, Standing
from functions.shared.domain.network import Network
from functions.shared.networks.unmeasured import why_unmeasured

PERIODS: dict[Literal["7d", "30d", "90d"], int] = {"7d": 7, "30d": 30, "90d": 90}
NOT_READ_YET = "the metrics have not been read yet: that happens every hour"

_RANKED = 3
# A rate over fewer impressions is chance.
_FEWEST_IMPRESSIONS = 10
_POSTS_LOOKED_AT = 500


def summarise_posts(
    org_id: str, name: Literal["7d", "30d", "90d"], network: Network | None, *, services: Services
) -> AnalyticsSummary:
    """The figures of the period that ends now."""
    period = Period(services.engine.clock().astimezone(UTC).date(), PERIODS[name])
    rollups = services.metrics.totals(org_id, first=period.before.first, last=period.today)
    standings = _standings(org_id, period, network, services)
    best, worst = _ranked(standings)
    posts = services.metrics.many(org_id, [each.post_id for each in (*best, *worst)])
    return AnalyticsSummary(
        period=name,
        network=network,
        first_day=period.first,
        last_day=period.today,
        **dict(compared(rollups, period, network)),
        networks=by_network(rollups, period, Network if network is None else [network]),
        best=[_ranked_post(posts[each.post_id], services) for each in best if each.post_id in posts],
        worst=[_ranked_post(posts[each.post_id], services) for each in worst if each.post_id in posts],
        without_metrics=_without_metrics(org_id, period, network, standings, services),
    )


def metrics_view(metrics: Metrics) -> MetricsView:
    """Counts as callers get them."""
    return MetricsView(**metrics.model_dump(), engagements=metrics.engagements, rate=rounded(metrics.rate))


def why_unread(post: Post | Publication, measured: Standing | None, accounts: Mapping[str, Account]) -> str | None:
    """Why a published post has no metrics, or gets no newer ones though it is young enough; None when it will."""
    reason = why_unmeasured(post.publisher, post.network)
    if reason is not None:
        return reason
    if measured is not None and measured.gone:
        return f"{post.network} does not have it any more"
    if measured is not None and measured.next_read_at is None:
        return None
    return _why_unreadable(accounts.get(post.account_id)) or (NOT_READ_YET if measured is None else None)


def _why_unreadable(account: Account | None) -> str | None:
    if account is None:
        return "its account is not connected any more"
    if not account.enabled:
        return "its account is switched off"
    if account.state is AccountState.NEEDS_AUTHORISATION:
        return "its account needs your authorisation: connect it anew"
    return None


def accounts_by_id(org_id: str, services: Services) -> dict[str, Account]:
    """The organisation's accounts, as why_unread takes them."""
    return {account.account_id: account for account in services.accounts.accounts(org_id)}


def _starts(period: Period) -> datetime:
    return datetime.combine(period.first, time(), UTC)


def _standings(org_id: str, period: Period, network: Network | None, services: Services) -> list[Standing]:
    start = _starts(period)
    posts = services.metrics.standings(org_id, since=start, until=start + timedelta(days=period.days))
    return [post for post in posts if network in (None, post.network)]


def _ranked(standings: Iterable[Standing]) -> tuple[list[Standing], list[Standing]]:
    """The best and the worst by rate; no post is both."""
    rated = [post for post in standings if post.metrics.rate is not None and _is_seen(post)]
    ordered = sorted(rated, key=lambda post: (-(post.metrics.rate or 0), post.post_id))
    return ordered[:_RANKED], ordered[_RANKED:][::-1][:_RANKED]


def _is_seen(post: Standing) -> bool:
    return (post.metrics.impressions or 0) >= _FEWEST_IMPRESSIONS


def _ranked_post(measured: Measured, services: Services) -> RankedPost:
    post = services.content.get(measured.org_id, measured.post_id)
    text, url = (post.text, post.url) if isinstance(post, Post) else ("", None)
    return RankedPost(
        post_id=measured.post_id,
        title=measured.title,
        text=text,
        network=measured.network,
        published_at=measured.published_at,
        style=measured.style,
        topics=measured.topics,
        metrics=metrics_view(measured.metrics),
        url=url,
        analytics_url=f"/api/analytics/posts/{measured.post_id}",
    )


def _without_metrics(
    org_id: str, period: Period, network: Network | None, standings: Sequence[Standing], services: Services
) -> list[WithoutMetrics]:
    known = {post.post_id: post for post in standings}
    read = {post.post_id for post in standings if post.taken_at is not None}
    accounts = accounts_by_id(org_id, services)
    reasons = Counter(
        why_unread(post, known.get(post.content_id), accounts) or NOT_READ_YET
        for post in services.content.publications(org_id, since=_starts(period), limit=_POSTS_LOOKED_AT)
        if network in (None, post.network) and post.content_id not in read
    )
    return [WithoutMetrics(reason=reason, posts=posts) for reason, posts in sorted(reasons.items())]
