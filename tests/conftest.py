"""What every kind of test shares."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.clock import ManualClock

TESTS = Path(__file__).parent

# Before anything imports boto3 or Powertools: never the developer's own account, no tracing, no metrics.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    POWERTOOLS_SERVICE_NAME="tests",
    POWERTOOLS_TRACE_DISABLED="true",
)
os.environ.pop("AWS_PROFILE", None)

# Machines are noisy: no example fails for being slow.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.load_profile("quick")

# What these kinds of test share takes long to make (a deployment, a synthesis): each kind stays in one process.
_TOGETHER = ("e2e", "infra")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share something in one of the processes that run tests side by side."""
    for item in items:
        kind = item.path.relative_to(TESTS).parts[0]
        if kind in _TOGETHER:
            item.add_marker(pytest.mark.xdist_group(kind))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()
