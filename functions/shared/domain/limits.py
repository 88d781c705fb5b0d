"""How many of each thing an organisation may have: the one table of limits, which the README shows. Decision 0035."""

MOST_ACCOUNTS = 100
MOST_SOURCES = 100
MOST_DOCUMENTS = 1000
MOST_SCHEDULES = 50
MOST_EMAILS = 10
MOST_WEBHOOKS = 5
MOST_TAGS = 10
"""Of one job."""
MOST_ACTIVE_JOBS = 50
MOST_JOBS_AT_ONCE = 100
"""In one bulk call."""
