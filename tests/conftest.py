"""What every kind of test shares."""

import os

import pytest
from hypothesis import settings

from tests.support.clock import ManualClock

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


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()
