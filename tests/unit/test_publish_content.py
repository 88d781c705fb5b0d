from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from functions.shared.ai.briefs import PostBrief, PostDraft
from functions.shared.content import Account, AccountState, Post
from functions.shared.errors import PermanentError, TransientError
from functions.shared.facts import MOST_LIKELY, RUNNER_UP, facts_of
from functions.shared.jobs.heartbeat import JobContext
from functions.shared.jobs.memory import memory_engine
from functions.shared.jobs.model import Job, JobType, Priority
from functions.shared.measured.memory import MemoryMetrics
from functions.shared.messages import JobMessage
from functions.shared.networks import Network
from functions.shared.post_rules import problems
from functions.shared.publish_intent import post_id, publish_job_id
from functions.shared.store.memory import MemoryAccountStore, MemoryContentStore
from functions.shared.x.authorisation import AccountPaused
from functions.social_poster.desk import Desk
from functions.social_poster.publish import publish
from functions.social_poster.publishers.memory import MemoryPublisher
from functions.social_poster.publishers.preview import PreviewPublisher
from functions.social_poster.read_message import read_message
from tests.clock import ManualClock
from tests.contents import a_page, a_post, a_variant, an_event
from tests.standins.model import ScriptedModel


@dataclass
class Bench:
    """A desk in memory with one page, and jobs over it."""

    clock: ManualClock
    model: ScriptedModel = field(default_factory=ScriptedModel)
    contents: MemoryContentStore = field(default_factory=MemoryContentStore)
    accounts: MemoryAccountStore = field(default_factory=MemoryAccountStore)
    platform: MemoryPublisher = field(default_factory=MemoryPublisher)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)

    def __post_init__(self) -> None:
        self.engine = memory_engine(clock=self.clock)
        self.contents.put(a_page(self.clock()))

    def connect(self, account_id: str, network: Network = Network.TWITTER, *, enabled: bool = True) -> None:
        self.accounts.put(
            Account(
                org_id="acme",
                account_id=account_id,
                network=network,
                publisher="x",
                name=f"@{account_id}",
                enabled=enabled,
                created_at=self.clock(),
            )
        )

    @property
    def desk(self) -> Desk:
        publishers: dict[str, Any] = {"x": self.platform, "preview": PreviewPublisher("https://api.x.com")}
        return Desk(self.contents, self.accounts, self.model, publishers.__getitem__, self.engine, self.metrics)

    def job(self, **payload: Any) -> Job:
        now = self.clock()
        job_id = self.engine.new_id(now)
        return Job(
            "acme", job_id, JobType.PUBLISH_CONTENT, {"content_id": "page-1", **payload}, now, now, owner="worker"
        )

    def run(self, **payload: Any) -> dict[str, Any]:
        job = self.job(**payload)
        return dict(publish(job, JobContext(job, engine=self.engine), desk=self.desk))

    @property
    def posts(self) -> list[Post]:
        return [content for content in self.contents.contents.values() if isinstance(content, Post)]


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


class TestOnAnAccount:
    def test_a_page_becomes_a_post_about_it_with_its_link(self, bench: Bench) -> None:
        bench.connect("x-1")

        result = bench.run(account_id="x-1")

        (post,) = bench.posts
        assert result == {
            "post_id": post_id("acme", "page-1", "x-1", bench.clock()),
            "account_id": "x-1",
            "network": "twitter",
            "publisher": "x",
            "state": "published",
            "platform_id": "1",
            "url": "https://platform.example/1",
            "text": "Written for twitter.\n\n#Markets\n\nhttps://site.example/acme/tea-or-coffee.html",
        }
        assert bench.platform.accepted == [post.text]
        assert (post.parent_id, post.title, post.link) == (
            "page-1",
            "Will tea outsell coffee?",
            "https://site.example/acme/tea-or-coffee.html",
        )

    def test_the_writer_gets_the_pages_figures_and_the_networks_limit(self, bench: Bench) -> None:
        bench.run(account_id="preview")

        brief = bench.model.asked[0].brief
        assert isinstance(brief, PostBrief)
        facts = facts_of(an_event(bench.clock()))
        assert brief.facts == {label: fact for label, fact in facts.items() if label not in (MOST_LIKELY, RUNNER_UP)}
        assert (brief.topic, brief.max_length) == ("Will tea outsell coffee?", 280)

    def test_a_favourite_is_named_only_where_just_one_outcome_can_come_true(self, bench: Bench) -> None:
        bench.contents.put(a_page(bench.clock(), event=an_event(bench.clock(), exclusive=True)))

        bench.run(account_id="preview")

        brief = bench.model.asked[0].brief
        assert isinstance(brief, PostBrief)
        assert brief.facts[MOST_LIKELY] == "Yes, 37.5%"

    def test_sentences_with_figures_that_are_not_in_the_data_are_left_out(self, bench: Bench) -> None:
        draft = PostDraft(text="Tea is at 37.5%. It gained 12 points! Coffee leads at 62.5%. Odds of 99.9 to 7.")
        bench.model.answers["twitter"] = draft

        result = bench.run(account_id="preview")

        assert result["text"].startswith("Tea is at 37.5%. Coffee leads at 62.5%.\n\nhttps://")

    def test_a_post_with_no_sentence_left_says_what_the_page_is_about(self, bench: Bench) -> None:
        bench.model.answers["twitter"] = PostDraft(text="Up 12 points, see https://evil.example.net")

        assert bench.run(account_id="preview")["text"].startswith("Will tea outsell coffee?\n\nhttps://site.example/")

    def test_the_text_is_written_once_and_sent_the_same_by_every_run(self, bench: Bench) -> None:
        bench.connect("x-1")
        bench.platform.refusals = [TransientError("no connection")]
        with pytest.raises(TransientError):
            bench.run(account_id="x-1")
        bench.model.answers["twitter"] = PostDraft(text="Something else.")

        bench.run(account_id="x-1")

        assert len(bench.model.asked) == 1
        assert bench.platform.accepted[0].startswith("Written for twitter.")

    def test_another_job_for_the_same_account_gives_the_same_post(self, bench: Bench) -> None:
        bench.connect("x-1")

        first, second = bench.run(account_id="x-1"), bench.run(account_id="x-1")

        assert first == second
        assert len(bench.platform.accepted) == len(bench.posts) == 1

    def test_a_variant_is_posted_in_its_own_words(self, bench: Bench) -> None:
        bench.contents.put(a_variant(bench.clock(), network=Network.TWITTER))
        bench.connect("x-1")

        bench.run(content_id="variant-1", account_id="x-1")

        assert bench.platform.accepted == ["Tea is on the rise."]
        assert bench.model.asked == []

    def test_the_preview_account_records_what_would_be_sent(self, bench: Bench) -> None:
        result = bench.run(account_id="preview")

        (post,) = bench.posts
        assert (result["state"], result["url"]) == ("published", None)
        assert post.preview is not None
        assert post.preview["body"] == {"text": post.text, "made_with_ai": True}
        assert problems(post.text, Network.TWITTER) == []

    @pytest.mark.parametrize(
        ("payload", "reason"),
        [
            ({"content_id": "nothing"}, "there is no content nothing"),
            ({"content_id": "post-1"}, "post-1 is a post: only pages and variants can be posted"),
            ({"account_id": "nobody"}, "there is no account nobody"),
            ({"account_id": "off"}, "the account @off is switched off"),
            (
                {"content_id": "variant-1", "account_id": "x-1"},
                "variant-1 was written for linkedin, the account @x-1 is on twitter",
            ),
            ({"content_id": "not an id"}, "invalid payload: content_id: String should match pattern"),
        ],
    )
    def test_what_cannot_be_posted_is_refused_by_name(self, bench: Bench, payload: dict[str, str], reason: str) -> None:
        bench.contents.put(a_variant(bench.clock()))
        bench.contents.put(a_post(bench.clock()))
        bench.connect("x-1")
        bench.connect("off", enabled=False)

        with pytest.raises(PermanentError) as refusal:
            bench.run(**payload)

        assert refusal.value.reason.startswith(reason)

    def test_content_of_another_organisation_does_not_exist(self, bench: Bench) -> None:
        bench.contents.put(a_page(bench.clock(), org_id="other", content_id="theirs"))

        with pytest.raises(PermanentError, match="there is no content theirs"):
            bench.run(content_id="theirs")


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

        publish(job, JobContext(job, engine=bench.engine), desk=bench.desk)

        assert bench.engine.store.newest("acme")[0][0].priority is Priority.HIGH


def test_the_post_of_a_paused_account_waits_untouched(bench: Bench) -> None:
    bench.connect("x-1")
    paused = {"state": AccountState.NEEDS_AUTHORISATION, "state_since": bench.clock()}
    bench.accounts.change("acme", "x-1", lambda account: account.model_copy(update=paused))

    with pytest.raises(AccountPaused, match="needs your authorisation"):
        bench.run(account_id="x-1")

    (post,) = bench.posts
    assert (post.state, post.claimed_at, post.error) == ("pending", None, None)
    assert bench.platform.accepted == []


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
