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

from functions.notifier.email import Email, subject_of
from functions.shared.kernel.errors import FlywheelError, OutcomeUnknown, PermanentError, TransientError
from functions.shared.kernel.notifications.model import Delivery
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
    assert simple["Subject"]["Data"] == "Flywheel: The source Blog cannot be read"
    for part in ("it answered 404 for a day", "Correct its address.", "/api/sources/7"):
        assert part in simple["Body"]["Text"]["Data"]


def test_a_subject_is_one_line_whatever_the_title_holds(clock: ManualClock) -> None:
    notice = a_notice(clock).model_copy(update={"title": "a\r\nBcc: b@c.example" + "x" * 500})
    assert "\n" not in subject_of(notice)
    assert len(subject_of(notice)) == 200


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
