"""Buckets in memory and on DynamoDB keep one suite."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.api.limits.dynamodb import DynamoBuckets
from functions.api.limits.memory import MemoryBuckets
from functions.api.limits.store import BucketStore
from functions.shared.kernel import aws
from tests.support.aws import make_tables


@pytest.fixture(params=["memory", "dynamodb"])
def buckets(request: pytest.FixtureRequest) -> Iterator[BucketStore]:
    if request.param == "memory":
        yield MemoryBuckets()
        return
    with mock_aws():
        aws._client.cache_clear()
        make_tables()
        yield DynamoBuckets("jobs", aws.dynamodb)
    aws._client.cache_clear()


def test_the_first_swap_begins_with_nothing(buckets: BucketStore) -> None:
    assert buckets.swap("acme", 0, 1_796_000_000_000) is None
    assert buckets.swap("acme", 0, 5) == 1_796_000_000_000


def test_a_swap_of_what_is_stored_is_made_and_of_another_answers_it(buckets: BucketStore) -> None:
    buckets.swap("acme", 0, 100)
    assert buckets.swap("acme", 100, 200) is None
    assert buckets.swap("acme", 100, 300) == 200
    assert buckets.swap("acme", 200, 300) is None


def test_organisations_do_not_share_a_bucket(buckets: BucketStore) -> None:
    buckets.swap("acme", 0, 100)
    assert buckets.swap("rival", 0, 7) is None
    assert buckets.swap("rival", 3, 8) == 7


def test_a_foresight_of_a_bucket_that_is_not_there_is_told_so(buckets: BucketStore) -> None:
    assert buckets.swap("acme", 5, 10) == 0
