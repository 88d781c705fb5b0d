"""Finished jobs are gone when their time is over, also while DynamoDB has not deleted them yet (it may take days)."""

from datetime import timedelta
from functools import partial

import boto3
from moto import mock_aws

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.dynamodb import DynamoJobStore
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.policy import Timing
from tests.support.aws import make_tables
from tests.support.clock import ManualClock


def test_a_finished_job_is_kept_for_the_set_time_and_then_shown_nowhere(clock: ManualClock) -> None:
    with mock_aws():
        make_tables()
        store = DynamoJobStore("jobs", partial(boto3.client, "dynamodb"), clock, timedelta(days=7))
        job = Job("acme", "1", JobType.GENERATE_CONTENT, {"topic": "tea"}, clock(), clock())
        store.admit(job)
        held = transitions.claimed(job, now=clock(), owner="worker", timing=Timing())
        store.replace(job, held)
        store.settle(held, transitions.completed(held, now=clock(), result={}))
        clock.advance(days=6, hours=23)
        assert store.get("acme", "1") is not None
        clock.advance(hours=1, seconds=1)
        assert store.get("acme", "1") is None
        assert store.get_many("acme", ["1"]) == []
        for filters in ({}, {"status": JobStatus.COMPLETED}, {"job_type": JobType.GENERATE_CONTENT}):
            assert store.newest("acme", **filters) == ([], None)
