import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from functions.notifier.email import Email
from functions.notifier.wording import subject_of, text_of
from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, TransientError
from functions.shared.kernel.notifications.model import Delivery, NotificationKind, Together
from tests.support.clock import ManualClock
from tests.support.notices import a_notice

TO_OPS = Delivery(channel="email", target="ops@acme.example")


@dataclass
class FakeSes:
    """SES that raises this, or takes the mail."""

    error: Exception | None = None
    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_email(self, **mail: Any) -> dict[str, str]:
        if self.error is not None:
            raise self.error
        self.sent.append(mail)
        return {"MessageId": "1"}


def refused(code: str, status: int) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": f"{code}!"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "SendEmail")


def test_a_mail_says_what_why_and_what_to_do_to_one_address(clock: ManualClock) -> None:
    ses = FakeSes()
    Email("flywheel@acme.example", lambda: ses).send(a_notice(clock), TO_OPS)  # type: ignore[arg-type, return-value]
    (mail,) = ses.sent
    assert mail["FromEmailAddress"] == "flywheel@acme.example"
    assert mail["Destination"] == {"ToAddresses": ["ops@acme.example"]}
    simple = mail["Content"]["Simple"]
    assert simple["Subject"]["Data"] == "Flywheel: a source cannot be read"
    for part in ("it answered 404 for a day", "Correct its address.", "/api/sources/7"):
        assert part in simple["Body"]["Text"]["Data"]


@pytest.mark.parametrize("kind", NotificationKind)
def test_a_subject_is_of_fixed_words_whatever_the_title_holds(kind: NotificationKind, clock: ManualClock) -> None:
    typed = {"kind": kind, "title": "Win a prize\r\nBcc: b@c.example", "reason": "Win a prize", "about": "Win a prize"}
    several = Together(leader="1", count=45, links=("Win a prize",))
    for notice in (a_notice(clock), a_notice(clock).model_copy(update={"together": several})):
        subject = subject_of(notice.model_copy(update=typed))
        assert re.fullmatch(r"Flywheel: an? [a-z ]+(, 45 times)?", subject), subject


def test_a_mail_of_several_failures_names_number_cause_and_the_first_of_them(clock: ManualClock) -> None:
    several = Together(leader="1", count=45, links=("/api/jobs/1", "/api/jobs/2"))
    update = {"kind": NotificationKind.JOB_FAILED, "about": "GENERATE_CONTENT jobs", "together": several}
    notice = a_notice(clock).model_copy(update=update)
    text = text_of(notice)
    for part in ("45 GENERATE_CONTENT jobs failed for one reason.", notice.reason, "/api/jobs/1\n/api/jobs/2"):
        assert part in text


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused("MessageRejected", 400), PermanentError),
        (refused("AccessDeniedException", 403), PermanentError),
        (refused("TooManyRequestsException", 429), TransientError),
        (refused("InternalFailure", 500), OutcomeUnknown),
        (ConnectTimeoutError(endpoint_url="https://ses"), TransientError),
        (EndpointConnectionError(endpoint_url="https://ses"), TransientError),
        (ReadTimeoutError(endpoint_url="https://ses"), OutcomeUnknown),
        (ConnectionClosedError(endpoint_url="https://ses"), OutcomeUnknown),
    ],
)
def test_only_what_certainly_was_not_sent_is_tried_again(
    error: Exception, kind: type[FlywheelError], clock: ManualClock
) -> None:
    with pytest.raises(kind):
        Email("a@b.example", lambda: FakeSes(error)).send(a_notice(clock), TO_OPS)  # type: ignore[arg-type, return-value]


def test_without_a_sender_no_mail_is_sent_and_the_setting_is_named(clock: ManualClock) -> None:
    with pytest.raises(PermanentError, match="FLYWHEEL_EMAIL_FROM"):
        Email(None).send(a_notice(clock), TO_OPS)
