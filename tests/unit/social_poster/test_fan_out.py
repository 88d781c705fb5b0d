from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from functions.shared.domain.job_types import JobType
from functions.shared.domain.network import Network
from functions.shared.domain.publish_intent import publish_job_id
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.model import Priority
from functions.shared.kernel.messages import JobMessage
from functions.social_poster.publish import publish
from functions.social_poster.read_message import read_message
from tests.support.clock import ManualClock
from tests.support.contents import a_variant
from tests.support.posting import Bench


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


class TestFanOut:
    def planned(self, bench: Bench) -> list[dict[str, Any]]:
        jobs, _ = bench.engine.store.newest("acme")
        return [dict(job.payload) for job in jobs]

    def test_each_enabled_account_gets_a_job_of_its_own(self, bench: Bench) -> None:
        bench.connect("x-1")
        bench.connect("off", enabled=False)
        bench.connect("li-1", Network.LINKEDIN)

        result = bench.run(title="Tea")

        assert {job["account_id"] for job in result["jobs"]} == {"x-1", "li-1"}
        assert all(job["new"] for job in result["jobs"])
        assert {"content_id": "page-1", "title": "Tea", "account_id": "x-1"} in self.planned(bench)
        assert bench.posts == []

    def test_planning_again_plans_nothing_new(self, bench: Bench) -> None:
        first, second = bench.run(), bench.run()

        assert [job["job_id"] for job in first["jobs"]] == [job["job_id"] for job in second["jobs"]]
        assert [job["new"] for job in second["jobs"]] == [False]
        assert first["jobs"][0]["job_id"] == publish_job_id("acme", "page-1", "preview", bench.clock())

    def test_an_organisation_without_accounts_gets_a_preview(self, bench: Bench) -> None:
        assert [job["account_id"] for job in bench.run()["jobs"]] == ["preview"]
        assert self.planned(bench)[0]["title"] == "Will tea outsell coffee?"

    def test_a_variant_goes_to_accounts_of_its_network_only(self, bench: Bench) -> None:
        bench.contents.put(a_variant(bench.clock()))
        bench.connect("x-1")
        bench.connect("li-1", Network.LINKEDIN)

        assert [job["account_id"] for job in bench.run(content_id="variant-1")["jobs"]] == ["li-1"]

    def test_a_variant_without_accounts_is_previewed_on_its_network(self, bench: Bench) -> None:
        bench.contents.put(a_variant(bench.clock()))

        (planned,) = bench.run(content_id="variant-1")["jobs"]
        bench.run(content_id="variant-1", account_id=planned["account_id"])

        assert bench.posts[0].network is Network.LINKEDIN

    def test_the_jobs_keep_the_priority(self, bench: Bench) -> None:
        job = replace(bench.job(), priority=Priority.HIGH)

        publish(job, JobContext(job, engine=bench.engine), services=bench.services)

        assert bench.engine.store.newest("acme")[0][0].priority is Priority.HIGH


class TestMessages:
    Reader = Callable[[str], JobMessage | None]

    @pytest.fixture
    def read(self, bench: Bench) -> "Callable[[str], JobMessage | None]":
        def read_body(body: str) -> JobMessage | None:
            sent_at = str(int(bench.clock().timestamp() * 1000))
            record = SQSRecord({"messageId": "message-1", "body": body, "attributes": {"SentTimestamp": sent_at}})
            return read_message(record, contents=bench.contents, engine=bench.engine)

        return read_body

    def test_a_pointer_is_read(self, read: Reader) -> None:
        body = '{"job_id": "j", "org_id": "acme", "attempt": 1, "content_id": "page-1", "title": "Tea"}'

        assert read(body) == JobMessage(job_id="j", org_id="acme", attempt=1)

    def test_a_content_sent_by_hand_becomes_one_job_however_often_it_is_delivered(
        self, bench: Bench, read: Reader
    ) -> None:
        body = '{"content_id": "page-1", "title": "Tea"}'

        assert read(body) is None
        assert read(body) is None

        (job,), _ = bench.engine.store.newest("acme")
        assert (job.type, dict(job.payload)) == (JobType.PUBLISH_CONTENT, {"content_id": "page-1", "title": "Tea"})

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("hello", "malformed queue message: "),
            ("[]", "malformed queue message: "),
            ("{}", "malformed queue message: job_id: Field required"),
            ('{"content_id": 5}', "malformed queue message: content_id: "),
            ('{"content_id": "page-1", "title": null}', "malformed queue message: title: "),
            ('{"content_id": "gone", "title": "Tea"}', "there is no content gone"),
        ],
    )
    def test_a_message_that_makes_no_sense_is_refused_saying_why(self, read: Reader, body: str, reason: str) -> None:
        with pytest.raises(PermanentError) as refusal:
            read(body)

        assert refusal.value.reason.startswith(reason)
