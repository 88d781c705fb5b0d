"""E-mail by Amazon SES (API v2)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from functions.notifier.wording import subject_of, text_of
from functions.shared.kernel.errors import OutcomeUnknown, PermanentError, TransientError
from functions.shared.kernel.notifications.model import Delivery, Notification

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client

_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError)
_LATER = ("TooManyRequestsException", "LimitExceededException", "SendingPausedException", "ThrottlingException")


@cache
def ses_client() -> "SESV2Client":
    """SES, asked once: botocore's own retries could send a mail twice."""
    config = Config(connect_timeout=3, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 1})
    client: SESV2Client = boto3.client("sesv2", config=config)
    return client


@dataclass(frozen=True, slots=True)
class Email:
    """Implements Channel. SES has no key against sending twice, so a mail without an answer is not sent again."""

    sender: str | None
    client: "Callable[[], SESV2Client]" = ses_client
    takes_once: bool = True

    def send(self, notification: Notification, delivery: Delivery) -> str:
        if self.sender is None:
            raise PermanentError("this deployment sends no e-mail: FLYWHEEL_EMAIL_FROM is not set")
        try:
            self.client().send_email(
                FromEmailAddress=self.sender,
                Destination={"ToAddresses": [delivery.target]},
                Content={
                    "Simple": {
                        "Subject": {"Data": subject_of(notification), "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": text_of(notification), "Charset": "UTF-8"}},
                    }
                },
            )
        except _NEVER_SENT as error:
            raise TransientError(f"SES cannot be reached: {type(error).__name__}") from error
        except BotoCoreError as error:
            raise OutcomeUnknown(f"SES did not answer ({type(error).__name__}); it is not sent again") from error
        except ClientError as error:
            raise _refusal(error) from error
        return "SES took it"


def _refusal(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    if code in _LATER:
        return TransientError(f"SES is busy: {code}")
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) >= 500:
        return OutcomeUnknown(f"SES answered with an error of its own ({code}); it is not sent again")
    return PermanentError(f"SES refuses it: {error.response['Error'].get('Message') or code}")
