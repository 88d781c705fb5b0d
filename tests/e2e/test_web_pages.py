"""Which web pages may use a running deployment: the console's, for the API; no other, for nothing."""

import httpx2
import pytest

from ops.guard import console_origin
from tests.e2e.world import World

ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


def test_a_page_of_the_console_asks_may_call_the_api_and_reads_the_answer(world: World) -> None:
    origin = console_origin(world.deployment.port)
    asked = world.api(None).options("/api/jobs", headers={"origin": origin, **ASKED})
    assert asked.status_code in (200, 204)
    assert asked.headers["access-control-allow-origin"] == origin
    assert "authorization" in asked.headers["access-control-allow-headers"].lower()
    answer = world.api().get("/api/jobs", params={"limit": "1"}, headers={"origin": origin})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:3000"])
def test_a_page_of_another_origin_gets_nothing_from_the_api_nor_from_the_engine(world: World, origin: str) -> None:
    asked = world.api(None).options("/api/jobs", headers={"origin": origin, **ASKED})
    answer = world.api().get("/api/jobs", headers={"origin": origin})
    reset = httpx2.post(
        f"{world.deployment.endpoint_url}/_ministack/reset", headers={"origin": origin}, trust_env=False
    )
    for refused in (asked, answer, reset):
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
    assert world.api(None).get("/health").status_code == 200
