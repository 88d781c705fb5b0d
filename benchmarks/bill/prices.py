"""List prices in us-east-1, in dollars, without any free tier (AWS's price pages, November 2026)."""

HOURS = 730
"""Of a month, as AWS reckons."""

MINUTES = HOURS * 60
MILLION = 1_000_000

ALARM_METRIC = 0.10
DASHBOARD = 3.00
CUSTOM_METRIC = 0.30
SECRET = 0.40
SQS_REQUESTS = 0.40
"""A million, of a standard queue."""

FAIR_QUEUE = 0.10
"""A million requests that name a message group."""

LAMBDA_REQUESTS = 0.20
LAMBDA_GB_SECOND = 0.0000133334
"""On arm64."""

WRITE_UNITS = 0.625
READ_UNITS = 0.125
"""A million, on demand; a query of an index that finds nothing is half a unit."""

SCHEDULER = 1.00
HTTP_API = 1.00
TRACES = 5.00
"""A million recorded by X-Ray."""

LOG_GB = 0.50
STORED_GB = 0.25
"""A month, in DynamoDB."""
