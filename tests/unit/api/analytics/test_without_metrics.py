"""Which posts the summary looks at when it counts those without metrics."""

from datetime import timedelta

from functions.shared.domain.content.model import PostState
from tests.support.analytics_services import a_published_post, an_account
from tests.support.api_driver import make_driver
from tests.support.clock import ManualClock
from tests.support.contents import a_post


def test_what_was_published_last_counts_however_old_its_page_is(clock: ManualClock) -> None:
    api = make_driver(clock)
    api.accounts.put(an_account())
    api.content.put(a_published_post(clock() - timedelta(hours=1), content_id="0-of-an-old-page"))
    for number in range(500):
        api.content.put(a_published_post(clock() - timedelta(days=40), number, content_id=f"1-{number}"))
    reasons = api("GET", "/api/analytics/summary").json["without_metrics"]
    assert reasons == [{"reason": "the metrics have not been read yet: that happens every hour", "posts": 1}]


def test_what_is_not_published_is_no_post_without_metrics(clock: ManualClock) -> None:
    api = make_driver(clock)
    for state in set(PostState) - {PostState.PUBLISHED}:
        api.content.put(a_post(clock(), content_id=state.value, state=state, published_at=clock()))
    assert api("GET", "/api/analytics/summary").json["without_metrics"] == []
