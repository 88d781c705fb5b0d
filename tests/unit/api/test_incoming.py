from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.shared.kernel.clock import utc_now
from tests.support.api_driver import Driver, make_driver

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["topic", "platforms", "tone", "priority", "type", "payload", "network", "name", "publisher", "access_token"]
)
VALUES = JSON | st.sampled_from(["Tea", "x", "GENERATE_CONTENT", "GENERATE_PAGE", "high", "preview", ["twitter"]])
BODIES = st.dictionaries(NAMES, VALUES, max_size=6)
PATHS = st.sampled_from(["/api/ai/generate", "/api/jobs", "/api/accounts"])

API: Driver = make_driver(utc_now, active_jobs_per_org=100_000)


@given(PATHS, BODIES)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_object_makes_the_api_fail(path: str, body: dict[str, Any]) -> None:
    answer = API("POST", path, body)
    assert answer.status in (201, 202, 400, 422), answer.text
    if answer.status == 422:
        assert answer.fields


@given(PATHS, st.text(max_size=300))
@settings(max_examples=80, deadline=None)
def test_no_text_makes_the_api_fail(path: str, text: str) -> None:
    assert API("POST", path, body=text).status in (400, 422)


@given(
    st.sampled_from(["GET", "DELETE", "POST", "PUT"]),
    st.text(max_size=60),
    st.dictionaries(st.sampled_from(["status", "type", "limit", "cursor", "kind"]), st.text(max_size=30), max_size=3),
)
@settings(max_examples=80, deadline=None)
def test_no_path_or_query_makes_the_api_fail(method: str, tail: str, query: dict[str, str]) -> None:
    for root in ("/api/jobs", "/api/content", "/api/accounts", "/api/ai/generate/status"):
        assert API(method, f"{root}/{tail}", query=query).status in (200, 404, 405, 422)
        assert API(method, root, query=query).status in (200, 404, 405, 422)
