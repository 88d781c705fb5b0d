"""The one logger: structured JSON lines, each with a stable `action`, and no secret in any at any level. Decision 0032.

Libraries log what they send and get, whole secrets included: botocore at DEBUG every body, httpcore every header. They
are kept at WARNING by the level of the root, which is that of every logger without its own, those made later included;
Lambda's runtime sets it to the function's level before any code of ours is imported. What libraries say at WARNING, and
every line of ours, is masked as well.
"""

import json
import logging
import traceback
from typing import Any

from aws_lambda_powertools import Logger

from functions.shared.kernel.masking import mask_text, mask_values

# These set a level of their own, from the environment or for one of their parts.
_OUTSPOKEN = (
    "aws_xray_sdk", "boto3", "botocore", "httpcore", "httpcore2", "httpx", "httpx2", "oauthlib", "openai",
    "requests_oauthlib", "ssrfguard", "tweepy", "urllib3",
)  # fmt: skip


def quieten() -> None:
    """Keep libraries at WARNING and mask what they say then."""
    for name in (None, *_OUTSPOKEN):
        library = logging.getLogger(name)
        library.setLevel(max(library.level, logging.WARNING))
    if not isinstance(logging.getLogRecordFactory(), _Masking):
        logging.setLogRecordFactory(_Masking(logging.getLogRecordFactory()))


class _Masking:
    """Makes records whose message and traceback hold no secret, whichever logger and handler they are for."""

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make(*args, **kwargs)
        if record.name != log.name and record.levelno >= logging.WARNING:
            _mask(record)
        return record


def _mask(record: logging.LogRecord) -> None:
    record.msg, record.args = mask_text(record.getMessage()), None
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = mask_text("".join(traceback.format_exception(*record.exc_info)).rstrip())


def _serialised(line: dict[str, Any]) -> str:
    return json.dumps(mask_values(line), default=_told, separators=(",", ":"), ensure_ascii=False)


def _told(value: object) -> str:
    return mask_text(str(value))


log = Logger(json_serializer=_serialised)
quieten()
