"""The deployment's tables and queues on moto."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.shared.domain.job_kinds import KINDS
from functions.shared.kernel import aws, visibility
from functions.shared.kernel.jobs.aws import engine_from
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.settings import EngineSettings
from tests.support.aws import Cloud, make_cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with mock_aws():
        forget_clients()
        yield make_cloud()
    forget_clients()


@pytest.fixture
def fresh_clients() -> Iterator[None]:
    """Clients of this test alone, for tests that mock AWS themselves."""
    forget_clients()
    yield
    forget_clients()


def forget_clients() -> None:
    """Clients made outside a mock would talk to the real AWS."""
    aws._client.cache_clear()
    visibility.queue_url.cache_clear()


@pytest.fixture
def engine(cloud: Cloud) -> Engine:
    return engine_from(EngineSettings(jobs_table="jobs", queue_urls=cloud.queue_urls, retry_delays=(0, 0, 0)), KINDS)
