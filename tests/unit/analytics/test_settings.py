import pytest

from functions.analytics.settings import Settings
from functions.shared.kernel.errors import PermanentError

GIVEN = {
    "JOBS_TABLE": "jobs",
    "QUEUE_URLS": "{}",
    "CONTENT_METADATA_TABLE": "content_metadata",
    "ACCOUNTS_TABLE": "accounts",
    "METRICS_TABLE": "metrics",
}


def test_counts_are_kept_for_as_long_as_the_longest_comparison_looks_back() -> None:
    assert Settings.from_env({**GIVEN, "METRICS_RETENTION_DAYS": "181"}).metrics_retention_days == 181
    with pytest.raises(PermanentError, match="METRICS_RETENTION_DAYS"):
        Settings.from_env({**GIVEN, "METRICS_RETENTION_DAYS": "180"})
