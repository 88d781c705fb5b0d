import pytest

from functions.shared.domain.content.model import PostState
from functions.shared.domain.context.model import Excerpt
from functions.shared.domain.measured.model import Choice, Dimension, Lesson
from tests.support.api_driver import RIVAL, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.contents import a_page, a_post, a_variant


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    api = make_driver(clock)
    api.content.put(a_page(clock()))
    api.content.put(a_variant(clock(), parent_id="page-1"))
    api.content.put(a_post(clock(), state=PostState.PUBLISHED, preview={"text": "Tea"}, claimed_by="worker-token"))
    api.content.put(a_page(clock(), org_id="rival", content_id="page-9"))
    return api


def test_content_is_listed_without_the_long_parts(api: Driver) -> None:
    items = api("GET", "/api/content").json["items"]
    assert {item["kind"] for item in items} == {"page", "variant", "post"}
    page = next(item for item in items if item["kind"] == "page")
    assert (page["title"], page["url"]) == ("Will tea outsell coffee?", "https://site.example/acme/tea-or-coffee.html")
    assert "body_html" not in page
    assert "event" not in page


@pytest.mark.parametrize("kind", ["page", "variant", "post"])
def test_content_is_listed_by_kind(api: Driver, kind: str) -> None:
    items = api("GET", "/api/content", query={"kind": kind}).json["items"]
    assert [item["content_id"] for item in items] == [f"{kind}-1"]


def test_content_is_listed_in_pages(api: Driver) -> None:
    first = api("GET", "/api/content", query={"limit": "2"}).json
    second = api("GET", "/api/content", query={"limit": "2", "cursor": first["next_cursor"]}).json
    found = [item["content_id"] for item in first["items"] + second["items"]]
    assert found == ["variant-1", "post-1", "page-1"]
    assert second["next_cursor"] is None


def test_an_unknown_kind_is_named(api: Driver) -> None:
    answer = api("GET", "/api/content", query={"kind": "tweet"})
    assert (answer.status, answer.fields) == (422, ["kind"])


def test_a_page_comes_with_its_data_its_variants_and_its_posts(api: Driver) -> None:
    page = api("GET", "/api/content/page-1").json
    assert page["kind"] == "page"
    assert page["body_html"] == "<p>Tea stands at 37.5%.</p>"
    assert page["event"]["outcomes"][0] == page["event"]["outcomes"][0] | {"name": "Yes", "probability": "0.375"}
    assert [variant["content_id"] for variant in page["variants"]] == ["variant-1"]
    assert [(post["content_id"], post["state"]) for post in page["posts"]] == [("post-1", "published")]
    assert page["posts"][0]["preview"] == {"text": "Tea"}


def test_a_variant_comes_with_its_posts(api: Driver, clock: ManualClock) -> None:
    api.content.put(a_post(clock(), content_id="post-2", parent_id="variant-1"))
    variant = api("GET", "/api/content/variant-1").json
    assert (variant["kind"], variant["hashtags"]) == ("variant", ["tea"])
    assert [post["content_id"] for post in variant["posts"]] == ["post-2"]


def test_a_post_shows_its_state_and_no_worker(api: Driver) -> None:
    answer = api("GET", "/api/content/post-1")
    assert (answer.json["state"], answer.json["network"]) == ("published", "twitter")
    assert "worker-token" not in answer.text


def test_content_shows_the_context_the_style_and_the_lessons_it_was_written_with(
    api: Driver, clock: ManualClock
) -> None:
    excerpt = Excerpt(item_id="item-1", title="On tea", origin="document", origin_id="document-1", text="Long.")
    lesson = Lesson(dimension=Dimension.STYLE, value="question", statement="Questions work.", posts=9)
    choice = Choice(style="question", propensity=0.92)
    api.content.put(a_variant(clock(), context=(excerpt,), choice=choice, lessons=(lesson,)))
    api.content.put(a_post(clock(), hashtags=("Tea",), choice=choice, lessons=(lesson,)))
    api.content.put(a_page(clock(), context=(excerpt,)))
    page, variant, post = (api("GET", f"/api/content/{kind}-1").json for kind in ("page", "variant", "post"))
    used = [{"item_id": "item-1", "title": "On tea", "url": None, "origin": "document"}]
    assert page["context"] == variant["context"] == used
    assert variant["choice"] == post["choice"] == {"style": "question", "propensity": 0.92, "explored": False}
    assert [told["statement"] for told in (*variant["lessons"], *post["lessons"])] == ["Questions work."] * 2
    assert post["hashtags"] == ["Tea"]


@pytest.mark.parametrize("content_id", ["page-9", "unknown", "a b", "x" * 2000])
def test_what_the_organisation_does_not_have_is_not_found(api: Driver, content_id: str) -> None:
    assert api("GET", f"/api/content/{content_id}").status == 404


def test_another_organisation_sees_only_its_own(api: Driver) -> None:
    items = api("GET", "/api/content", claims=RIVAL).json["items"]
    assert [item["content_id"] for item in items] == ["page-9"]
