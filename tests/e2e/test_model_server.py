"""Pages, posts and variants written by a third-party stand-in for OpenAI, through the real SDK."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from llmock.testing import LLMockServer

from tests.e2e.test_main_job import finished, made_pages, published_posts
from tests.e2e.world import World, wait_for

WRITERS = ("pseo_generator", "content_generator", "social_poster")


@pytest.fixture(scope="module")
def model_server(world: World) -> Iterator[LLMockServer]:
    """The stand-in, which every Lambda that writes asks meanwhile."""
    with LLMockServer() as server, ExitStack() as stack:
        for function in WRITERS:
            settings = world.settings(function, AI_PROVIDER="openai", OPENAI_BASE_URL=server.base_url())
            stack.enter_context(settings)
        yield server


def test_pages_and_their_posts_come_from_the_model_server(world: World, model_server: LLMockServer) -> None:
    org = world.newcomer("modelled")
    assert [job["status"] for job in made_pages(world, org)] == ["completed"] * 5
    pages = world.items("/api/content", org, kind="page")
    assert {page["written_by"]["provider"] for page in pages} == {"openai"}
    assert all(page["written_by"]["usage"]["output_tokens"] for page in pages)
    posts = wait_for(lambda: published_posts(world, org, 5))
    assert {post["written_by"]["provider"] for post in posts} == {"openai"}


def test_variants_come_from_the_model_server(world: World, model_server: LLMockServer) -> None:
    body = {"topic": "Tea at five", "platforms": ["twitter", "linkedin"]}
    job = finished(world, world.api().post("/api/ai/generate", json=body).json()["job_id"])
    assert job["status"] == "completed"
    variants = [item for item in world.items("/api/content", kind="variant") if item["job_id"] == job["job_id"]]
    assert [variant["written_by"]["provider"] for variant in variants] == ["openai", "openai"]
