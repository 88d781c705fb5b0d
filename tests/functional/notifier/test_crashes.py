"""Whatever call a process dies around, a failure is recorded once, told in time, and mailed at most once."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from functions.notifier.deliver import deliver
from functions.notifier.mailboxes.dynamodb import DynamoMailboxes
from functions.notifier.mailboxes.store import MAILS_AN_HOUR, Mailboxes
from functions.notifier.services import Services
from functions.reconciler.send_due import SqsNotices, send_due
from functions.shared.domain.job_types import JobType
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.admit import Submission, submit
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.messages import NoticeMessage
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.model import (
    Delivery,
    DeliveryState,
    Notification,
    NotificationKind,
    Preferences,
    Webhook,
)
from functions.shared.kernel.notifications.notify import notify
from tests.support.clock import ManualClock
from tests.support.notices import an_event, want
from tests.support.sweep import Crash, Saboteur, World, sweep, world

IN_TIME = timedelta(minutes=15)


pytestmark = pytest.mark.usefixtures("fresh_clients")


@dataclass
class Sink:
    """A channel that notes what arrives and when; `faults` are raised first, in turn."""

    clock: ManualClock
    saboteur: Saboteur
    name: str
    takes_once: bool
    arrived: list[tuple[str, Any]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def send(self, notification: Notification, delivery: Delivery) -> str:
        self.saboteur.around(self.name, lambda: self._take(notification))
        return "it took it"

    def _take(self, notification: Notification) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.arrived.append((notification.notification_id, self.clock()))
        self.counts[notification.notification_id] = notification.count


@dataclass
class Office:
    """The notifications of a world: the reconciler's part each minute, and the notifier behind its queue."""

    world: World
    store: DynamoNotificationStore = field(init=False)
    queue_url: str = field(init=False)
    email: Sink = field(init=False)
    webhook: Sink = field(init=False)
    mailboxes: Mailboxes = field(default_factory=partial(DynamoMailboxes, "jobs", aws.dynamodb))
    wait: timedelta = timedelta()

    def __post_init__(self) -> None:
        clock, saboteur = self.world.clock, self.world.saboteur
        # SQS stamps messages by the real clock: one from before the failure must not look like a redrive.
        clock.now = max(clock.now, datetime.now(UTC)).replace(microsecond=0) + timedelta(days=1)
        self.store = DynamoNotificationStore("jobs", aws.dynamodb, clock)
        self.queue_url = boto3.client("sqs").create_queue(QueueName="notices")["QueueUrl"]
        self.email = Sink(clock, saboteur, "email", takes_once=True)
        self.webhook = Sink(clock, saboteur, "webhook", takes_once=False)
        hook = Webhook(webhook_id="7", url="https://hooks.example/", secret_id="s", created_at=clock())
        chosen = Preferences(emails=("a@acme.example",), webhooks=(hook,))
        was_resting, saboteur.is_resting = saboteur.is_resting, True
        self.store.save_preferences("acme", Preferences(), chosen)
        saboteur.is_resting = was_resting

    def minute(self) -> None:
        """What happens in one minute."""
        self.world.clock.advance(minutes=1)
        send = SqsNotices(self.queue_url, aws.sqs)
        self.world.survive(lambda: send_due(store=self.store, send=send, clock=self.world.clock))
        answer = self.world.poller.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self._work(message["Body"])
            self.world.poller.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def until_quiet(self) -> None:
        """Minutes, until every delivery has ended."""
        for _ in range(15):
            self.minute()
            self.world.saboteur.is_resting = True
            if all(notice.due_at is None for notice in self.store.newest("acme")[0]):
                return
            self.world.saboteur.is_resting = False

    def _work(self, body: str) -> None:
        """The notifier's run; one that dies is not repeated here: the index must bring the notification back."""
        channels = {"email": self.email, "webhook": self.webhook}
        services = Services(self.store, channels, clock=self.world.clock, wait=self.wait, mailboxes=self.mailboxes)
        try:
            deliver(
                NoticeMessage(**json.loads(body)), services=services, deadline=self.world.clock() + timedelta(minutes=2)
            )
        except Crash:
            self.world.crashes += 1

    def the_notice(self) -> Notification:
        self.world.saboteur.is_resting = True
        (notice,) = self.store.newest("acme")[0]
        assert self.store.unread_count("acme") == 1
        return notice


def fail_a_job(world: World, topic: str = "tea") -> None:
    """A job that cannot be done runs, and is settled as failed."""

    def refuse(*_: Any) -> Any:
        raise PermanentError("the topic is empty")

    handlers: Handlers = {JobType.GENERATE_CONTENT: refuse}
    world.consumers = {"content": partial(consume, handlers=handlers, engine=world.engine)}
    submission = Submission("acme", JobType.GENERATE_CONTENT, {"topic": topic}, idempotency_key=f"{topic}-1")
    world.survive(lambda: submit(submission, engine=world.engine))


def failure_is_told(world: World) -> None:
    office = Office(world)
    fail_a_job(world)
    world.settle()
    world.saboteur.is_resting = False
    office.until_quiet()
    notice = office.the_notice()
    (job,) = world.jobs()
    assert (job.status, job.finished_at) == (JobStatus.FAILED, notice.created_at)
    assert notice.reason == "the topic is empty"
    assert notice.retry_url == f"/api/jobs/{job.job_id}/retry"
    assert notice.due_at is None, "nothing is left to do"
    email, webhook = notice.deliveries
    assert len(office.email.arrived) <= 1, "an e-mail is never sent twice"
    assert email.state is (DeliveryState.SENT if not world.crashes else email.state)
    assert office.email.arrived or email.state is DeliveryState.UNKNOWN
    assert webhook.state is DeliveryState.SENT
    assert {each for each, _ in office.webhook.arrived} == {notice.notification_id}, "receivers know a repeat by its id"
    assert office.webhook.arrived[0][1] - notice.created_at <= IN_TIME


def test_a_failure_is_recorded_once_and_told_in_time_whatever_call_a_process_dies_at() -> None:
    assert sweep(failure_is_told) > 40


def test_a_failure_is_told_within_15_minutes_when_its_process_dies_right_after_the_transition() -> None:
    deaths: list[str] = []

    def die(**_: Any) -> None:
        if not deaths:
            deaths.append("after the transaction that failed the job")
            raise Crash

    with world(Saboteur(is_resting=True)) as here:
        office = Office(here)
        fail_a_job(here)
        aws.dynamodb().meta.events.register("after-call.dynamodb.TransactWriteItems", die)
        here.settle()
        assert len(deaths) == here.crashes == 1
        for _ in range(2):
            office.minute()
        notice = office.the_notice()
        assert [each.state for each in notice.deliveries] == [DeliveryState.SENT, DeliveryState.SENT]
        ((_, mailed_at),) = office.email.arrived
        assert mailed_at - notice.created_at <= IN_TIME


def test_a_failure_is_told_in_time_while_the_receiver_is_down_at_first() -> None:
    with world(Saboteur(is_resting=True)) as here:
        office = Office(here)
        office.webhook.faults = [TransientError("it answered 500"), TransientError("it answered 500")]
        fail_a_job(here)
        here.settle()
        for _ in range(14):
            office.minute()
        notice = office.the_notice()
        assert [each.state for each in notice.deliveries] == [DeliveryState.SENT, DeliveryState.SENT]
        ((_, arrived_at),) = office.webhook.arrived
        assert arrived_at - notice.created_at <= IN_TIME


def test_a_receiver_that_stays_down_is_given_up_visibly() -> None:
    with world(Saboteur(is_resting=True)) as here:
        office = Office(here)
        office.webhook.faults = [TransientError("it answered 500")] * 9
        fail_a_job(here)
        here.settle()
        for hours in [0] * 20 + [1] * 25:
            here.clock.advance(hours=hours)
            office.minute()
        email, webhook = office.the_notice().deliveries
        assert email.state is DeliveryState.SENT
        assert (webhook.state, webhook.attempts) == (DeliveryState.GIVEN_UP, 7)
        assert webhook.reason == "it answered 500 (gave up after 7 tries)"
        assert len(office.webhook.faults) == 2


def failures_are_told_together(world: World) -> None:
    office = Office(world, wait=timedelta(seconds=330))
    world.saboteur.is_resting = True
    for topic in ("tea", "milk", "rum"):
        fail_a_job(world, topic)
    world.settle()
    world.saboteur.is_resting = False
    for _ in range(30):
        office.minute()
    world.saboteur.is_resting = True
    notices = office.store.newest("acme")[0]
    assert [each.due_at for each in notices] == [None] * 3, "nothing is left to do"
    assert office.store.unread_count("acme") == 3, "each has an entry of its own"
    leaders = {each.told_with or each.notification_id for each in notices}
    assert set(office.webhook.counts) == leaders, "receivers know a repeat by its id"
    assert sum(office.webhook.counts.values()) == 3, "nobody is counted twice or left out"
    mailed = [notice_id for notice_id, _ in office.email.arrived]
    assert len(mailed) == len(set(mailed)), "an e-mail is never sent twice"
    told_at = dict(reversed(office.webhook.arrived))
    assert all(told_at[each.told_with or each.notification_id] - each.created_at <= IN_TIME for each in notices)
    if not world.crashes:
        assert (len(leaders), mailed) == (1, list(leaders))


def test_failures_of_one_cause_are_told_once_and_in_time_whatever_call_a_process_dies_at() -> None:
    assert sweep(failures_are_told_together) > 40


def success_is_told(world: World) -> None:
    office = Office(world)
    was_resting, world.saboteur.is_resting = world.saboteur.is_resting, True
    want(office.store, world.clock, NotificationKind.JOB_COMPLETED)
    world.saboteur.is_resting = was_resting
    handlers: Handlers = {JobType.GENERATE_CONTENT: lambda job, context: {"variants": 4}}
    world.consumers = {"content": partial(consume, handlers=handlers, engine=world.engine)}
    submission = Submission("acme", JobType.GENERATE_CONTENT, {"topic": "tea"}, idempotency_key="tea-1")
    world.survive(lambda: submit(submission, engine=world.engine))
    world.settle()
    world.saboteur.is_resting = False
    office.until_quiet()
    world.saboteur.is_resting = True
    (job,), (notice,) = world.jobs(), office.store.newest("acme")[0]
    assert (job.status, job.finished_at) == (JobStatus.COMPLETED, notice.created_at)
    assert (notice.kind, notice.due_at) == (NotificationKind.JOB_COMPLETED, None)
    assert [each.state for each in notice.deliveries] == [DeliveryState.SENT]
    assert {each for each, _ in office.webhook.arrived} == {notice.notification_id}, "receivers know a repeat by its id"
    assert office.email.arrived == []


def test_a_success_is_told_whatever_call_a_process_dies_at() -> None:
    assert sweep(success_is_told) > 30


def what_is_not_mailed_is_counted(world: World) -> None:
    """An address that got its 20 mails 54 minutes ago, and two notifications for it."""
    office = Office(world)
    was_resting, world.saboteur.is_resting = world.saboteur.is_resting, True
    full_at = world.clock() - timedelta(minutes=54)
    for _ in range(MAILS_AN_HOUR):
        office.mailboxes.take("a@acme.example", purpose="notice", most=MAILS_AN_HOUR, now=full_at)
    for event_id in ("one", "two"):
        notify(an_event(world.clock, event_id), store=office.store)
    world.saboteur.is_resting = was_resting
    for _ in range(20):
        office.minute()
    world.saboteur.is_resting = True
    notices = office.store.newest("acme")[0]
    assert [each.due_at for each in notices] == [None] * len(notices), "nothing is left to do"
    mailed = [office.email.counts[notice_id] for notice_id, _ in office.email.arrived]
    lost = [each for notice in notices for each in notice.deliveries if each.state is DeliveryState.UNKNOWN]
    assert len(office.email.arrived) == len(office.email.counts), "an e-mail is never sent twice"
    assert office.store.unread_count("acme") == 2, "each is in the list"
    assert sum(mailed) == 2 or lost, (
        "each is in the number of a later mail, unless its worker died while it was sending"
    )
    assert sum(mailed) <= 2
    if not world.crashes:
        assert mailed == [2]


def test_what_is_not_mailed_is_in_the_number_of_one_later_mail_whatever_call_a_process_dies_at() -> None:
    assert sweep(what_is_not_mailed_is_counted) > 40
