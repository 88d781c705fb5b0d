"""How AWS's answers are classified."""

from collections.abc import Mapping

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from functions.shared.kernel.aws import classified
from functions.shared.kernel.errors import Misconfigured, PermanentError, TransientError
from tests.support.log_lines import captured


def refused(code: str) -> ClientError:
    response: Mapping[str, Mapping[str, str]] = {"Error": {"Code": code, "Message": "no"}}
    return ClientError(response, "Call")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused("ValidationException"), PermanentError),
        (refused("ThrottlingException"), TransientError),
        (EndpointConnectionError(endpoint_url="https://sqs"), TransientError),
    ],
)
def test_what_no_operator_can_mend_is_told_to_whoever_called(error: Exception, kind: type[Exception]) -> None:
    with captured() as lines, pytest.raises(kind) as caught, classified("sending"):
        raise error
    assert type(caught.value) is kind
    assert lines.all() == []


@pytest.mark.parametrize(
    "error",
    [
        refused("AccessDenied"),
        refused("AccessDeniedException"),
        refused("AWS.SimpleQueueService.NonExistentQueue"),
        refused("ResourceNotFoundException"),
        refused("NoSuchBucket"),
        refused("UnrecognizedClientException"),
        NoCredentialsError(),
    ],
)
def test_a_missing_permission_or_part_is_an_error_line_and_a_figure_with_an_alarm(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    what = "sending to the queue content"
    with captured() as lines, pytest.raises(Misconfigured, match=f"{what} is not possible"), classified(what):
        raise error
    line = lines.only("misconfigured")
    assert (line["level"], line["what"]) == ("ERROR", "sending to the queue content")
    assert '"Misconfigured":[1.0]' in capsys.readouterr().out
