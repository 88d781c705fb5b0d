"""SYNC_ANALYTICS and its hourly tick, over a platform in memory."""

from datetime import timedelta
from typing import Any

import pytest

from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.accounts.model import AccountState
from functions.shared.domain.measured.arms import EVERYTHING
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.measured.model import Dimension, Metrics, Totals
from functions.shared.domain.network import Network
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.errors import PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.notifications.model import Notification, NotificationKind
from functions.shared.networks.memory.counts import MemoryCountsReader
from tests.support.analytics_services import FOUNDED, Lab, a_published_post, an_account
from tests.support.clock import ManualClock
from tests.support.notices import want

NOTHING = {"recorded": 0, "gone": 0, "not_due": 0, "not_told": 0, "overtaken": 0}


@pytest.fixture
def reader() -> MemoryCountsReader:
    return MemoryCountsReader(counts={str(number): Metrics(likes=number, impressions=100) for number in range(1, 6)})


@pytest.fixture
def lab(clock: ManualClock, reader: MemoryCountsReader) -> Lab:
    """Five posts, published an hour after each other; the fifth an hour ago."""
    lab = Lab(clock, reader, Rhythm(fixed_age=timedelta()))
    for number in range(1, 6):
        lab.contents.put(a_published_post(clock() - timedelta(hours=6 - number), number))
    return lab


def all_likes(metrics: MemoryMetrics) -> int:
    return sum(totals.likes for (_, _, kind, _), totals in metrics.rolled_up.items() if kind is Dimension.ALL)


def told(lab: Lab) -> list[Notification]:
    return lab.notifications.newest("acme")[0]


def test_a_job_records_every_post_and_says_so(lab: Lab) -> None:
    job = lab.ran()
    assert job.result == {
        "account_id": "acme-on-x",
        "network": "twitter",
        "publisher": "x",
        "posts": 5,
        "calls": 1,
        **NOTHING,
        "recorded": 5,
    }
    assert [snapshot.metrics.likes for snapshot in lab.metrics.series("acme", "post-3")] == [3]
    totals = lab.metrics.totals("acme", first=FOUNDED.date(), last=lab.clock().date())
    assert sum((each for (_, kind, _), each in totals.items() if kind is Dimension.ALL), Totals()) == Totals(
        posts=5, likes=15, impressions=500, rated_engagements=15
    )
    (everything,) = (arm for arm in lab.metrics.arms("acme", at=lab.clock()) if arm.value == EVERYTHING)
    assert (everything.posts, round(everything.mean, 6)) == (5, 0.03)


def test_only_posts_that_are_due_are_read_unless_all_are_asked_for(lab: Lab, reader: MemoryCountsReader) -> None:
    lab.ran()
    lab.clock.advance(minutes=30)
    due_only = lab.ran(lab.planned({"account_id": "acme-on-x", "only_due": True}))
    assert due_only.result is not None
    assert (due_only.result["not_due"], due_only.result["calls"], len(reader.asked)) == (5, 0, 1)
    everything = lab.ran()
    assert everything.result is not None
    assert (everything.result["recorded"], len(reader.asked)) == (5, 2)


def test_posts_are_asked_for_in_as_few_calls_as_the_platform_takes(lab: Lab, reader: MemoryCountsReader) -> None:
    reader.most_posts = 2
    lab.ran()
    assert [len(ids) for ids in reader.asked] == [2, 2, 1]


def test_a_rate_limit_defers_to_its_reset_and_what_was_read_before_is_kept(
    lab: Lab, reader: MemoryCountsReader, clock: ManualClock
) -> None:
    reset = clock() + timedelta(hours=2, seconds=17)
    reader.most_posts, reader.faults = 2, [None, RateLimited("X's rate limit is reached", retry_at=reset)]
    waiting = lab.ran()
    assert (waiting.status, waiting.not_before) == (JobStatus.QUEUED, reset)
    assert len(lab.metrics.posts) == 2
    clock.now = reset
    done = lab.ran(waiting)
    assert done.status is JobStatus.COMPLETED
    assert done.result is not None
    assert (done.result["recorded"], done.result["calls"]) == (5, 2)
    assert sorted(each for ids in reader.asked[2:] for each in ids) == ["1", "2", "3"]
    assert all_likes(lab.metrics) == 15


def test_a_second_run_of_a_job_changes_no_number(lab: Lab, reader: MemoryCountsReader) -> None:
    job = lab.planned()
    lab.ran(job)
    posts, rolled_up, arms = dict(lab.metrics.posts), dict(lab.metrics.rolled_up), dict(lab.metrics.learned)
    reader.counts = {each: Metrics(likes=99, impressions=100) for each in reader.counts}
    lab.engine.store.jobs["acme", job.job_id] = job  # type: ignore[attr-defined]
    again = lab.ran(job)
    assert again.result is not None
    assert (again.result["recorded"], again.result["calls"]) == (5, 0)
    assert (lab.metrics.posts, lab.metrics.rolled_up, lab.metrics.learned) == (posts, rolled_up, arms)


def test_a_job_whose_read_is_overtaken_by_another_changes_nothing(lab: Lab, reader: MemoryCountsReader) -> None:
    class Slow(MemoryCountsReader):
        def read(self, account, platform_ids):  # type: ignore[no-untyped-def]
            answer = super().read(account, platform_ids)
            lab.reader = MemoryCountsReader(counts={each: Metrics(likes=50) for each in reader.counts})
            lab.ran()
            return answer

    lab.reader = Slow(counts=reader.counts)
    late = lab.ran()
    assert late.result is not None
    assert late.result["overtaken"] == 5
    assert all_likes(lab.metrics) == 250
    assert {len(series) for series in lab.metrics.snapshots.values()} == {1}


def test_a_post_that_is_gone_is_not_read_again_and_one_not_spoken_of_is(lab: Lab, reader: MemoryCountsReader) -> None:
    reader.gone = {"1"}
    for silent in ("1", "2"):
        reader.counts.pop(silent)
    first = lab.ran()
    assert first.result is not None
    assert (first.result["recorded"], first.result["gone"], first.result["not_told"]) == (3, 1, 1)
    lab.clock.advance(hours=2)
    lab.ran(lab.planned({"account_id": "acme-on-x", "only_due": True}))
    assert sorted(reader.asked[-1]) == ["2", "3", "4", "5"]


def test_posts_older_than_a_month_are_left_alone(lab: Lab, reader: MemoryCountsReader) -> None:
    lab.contents.put(a_published_post(lab.clock() - timedelta(days=31), 7))
    lab.ran()
    assert "7" not in reader.asked[0]


@pytest.mark.parametrize(
    ("account", "note"),
    [
        (an_account("preview-1", publisher="preview"), "preview posts are not published on twitter"),
        (an_account("off", enabled=False), "the account @off is switched off"),
    ],
)
def test_an_account_that_is_not_measured_completes_and_says_why(lab: Lab, account: object, note: str) -> None:
    lab.accounts.put(account)  # type: ignore[arg-type]
    job = lab.ran(lab.planned({"account_id": account.account_id}))  # type: ignore[attr-defined]
    assert job.status is JobStatus.COMPLETED
    assert job.result is not None
    assert note in job.result["note"]
    assert lab.metrics.posts == {}


def test_the_built_in_account_is_measured_as_little_and_an_unknown_one_is_refused(lab: Lab) -> None:
    built_in, unknown = (lab.ran(lab.planned({"account_id": each})) for each in ("preview", "nobody"))
    assert built_in.status is JobStatus.COMPLETED
    assert (unknown.status, unknown.error) == (JobStatus.FAILED, "there is no account nobody")


def test_by_hand_each_account_gets_one_job_and_those_left_out_are_named(lab: Lab) -> None:
    lab.organisations.put(Organisation(org_id="globex", name="Globex", created_at=FOUNDED))
    for left_out in (
        an_account("b", publisher="preview", network=Network.LINKEDIN),
        an_account("c", enabled=False),
        an_account("d", state=AccountState.NEEDS_AUTHORISATION),
    ):
        lab.accounts.put(left_out)
    answer = lab.tick(only_due=False)
    assert [(job["org_id"], job["account_id"]) for job in answer["jobs"]] == [("acme", "acme-on-x")]
    assert (answer["planned"], answer["skipped"], answer["is_left"]) == (1, 4, False)
    assert {(each["account_id"], each["reason"]) for each in answer["left_out"]} == {
        ("b", "preview posts are not published on linkedin, so they have no metrics"),
        ("c", "it is switched off"),
        ("d", "it needs your authorisation: connect it anew"),
        ("preview", "preview posts are not published on twitter, so they have no metrics"),
    }
    job = lab.engine.store.get("acme", answer["jobs"][0]["job_id"])
    assert job is not None
    assert (job.payload, job.quiet) == ({"account_id": "acme-on-x", "only_due": False}, True)


def test_an_account_is_read_once_an_hour_however_often_the_planner_runs(lab: Lab) -> None:
    planned = []
    for _ in range(36):
        for job in lab.tick()["jobs"]:
            planned.append(job["job_id"])
            assert lab.ran(lab.engine.store.get("acme", job["job_id"])).payload["only_due"] is True
        lab.clock.advance(minutes=5)
    assert len(planned) == len(set(planned)) == 3


def test_what_is_switched_off_paused_or_only_shown_is_not_looked_at(lab: Lab) -> None:
    lab.accounts.put(an_account(enabled=False))
    lab.accounts.put(an_account("d", state=AccountState.NEEDS_AUTHORISATION))
    lab.accounts.put(an_account("b", publisher="preview"))
    assert lab.tick() == {"planned": 0, "skipped": 0, "is_left": False, "jobs": [], "left_out": []}


def test_an_account_whose_last_job_still_waits_gets_no_other(lab: Lab) -> None:
    (waiting,) = lab.tick()["jobs"]
    lab.clock.advance(hours=1)
    answer = lab.tick()
    assert answer["jobs"] == []
    assert f"job {waiting['job_id']} still waits" in [each["reason"] for each in answer["left_out"]]
    assert lab.tick(only_due=False)["jobs"], "asked for by hand, it is read now"


def test_one_organisations_trouble_leaves_the_others_alone_and_brings_the_tick_back(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.organisations.put(Organisation(org_id="aaa", name="Trouble", created_at=FOUNDED))
    lab.accounts.put(an_account(org_id="aaa"))
    admit = lab.engine.store.admit

    def picky(job: Job, **keywords: Any) -> None:
        if job.org_id == "aaa":
            raise TransientError("the table is away")
        admit(job, **keywords)

    for only_due in (True, False):
        with monkeypatch.context() as within:
            within.setattr(lab.engine.store, "admit", picky)
            with pytest.raises(TransientError, match="aaa"):
                lab.tick(only_due=only_due)
    assert len(lab.engine.store.newest("acme")[0]) == 2
    assert [job["org_id"] for job in lab.tick()["jobs"]] == ["aaa"]


def test_users_hear_once_a_day_of_planned_reads_that_fail_for_good(lab: Lab, reader: MemoryCountsReader) -> None:
    for hours in (0, 1, 24):
        lab.clock.advance(hours=hours)
        reader.faults = [PermanentError("the X account's API credits are used up: add credits, then retry")]
        (planned,) = lab.tick()["jobs"]
        job = lab.engine.store.get("acme", planned["job_id"])
        assert lab.ran(job).status is JobStatus.FAILED
    assert [notice.reason for notice in told(lab)] == [
        "the X account's API credits are used up: add credits, then retry"
    ] * 2


def test_a_passing_failure_of_a_planned_read_is_told_to_nobody_before_the_last_run(
    lab: Lab, reader: MemoryCountsReader
) -> None:
    reader.faults = [TransientError("X answered 503")] * 4
    job = lab.planned(quiet=True)
    for run in range(1, 5):
        job = lab.ran(job)
        lab.clock.advance(minutes=20)
        assert len(told(lab)) == (run == 4)
    assert job.status is JobStatus.FAILED


def test_nobody_is_told_of_the_reads_of_an_account_that_was_deleted_meanwhile(lab: Lab) -> None:
    job = lab.planned(quiet=True)
    lab.accounts.delete("acme", "acme-on-x")
    job = lab.ran(job)
    assert (job.status, job.error, told(lab)) == (JobStatus.FAILED, "there is no account acme-on-x", [])


def test_each_post_that_begins_to_count_is_told_once_where_somebody_wants_it(lab: Lab) -> None:
    want(lab.notifications, lab.clock, NotificationKind.LEARNING_CHANGED)
    lab.ran()
    lab.clock.advance(hours=1)
    lab.ran()
    assert {each.kind for each in lab.metrics.told} == {"learning.changed"}
    assert len(lab.metrics.told) == len({each.notification_id for each in lab.metrics.told}) == 5
    assert {(each.details or {})["rate"] for each in lab.metrics.told} >= {"0.030000"}
    assert [each.link for each in lab.metrics.told] == ["/api/learnings"] * 5


def test_what_is_learned_is_told_to_nobody_who_did_not_ask(lab: Lab) -> None:
    lab.ran()
    assert lab.metrics.told == []
