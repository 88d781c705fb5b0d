"""The one logger: structured JSON lines, each with a stable `action`."""

from aws_lambda_powertools import Logger

log = Logger()
