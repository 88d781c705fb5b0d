"""What the demo's report says of how posts did, and what commands say of settings before they start."""

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from ops.demo import DemoResult
from ops.demo_context import Reading
from ops.deployment import Deployment
from ops.show import show_demo, warn_of_misspelt


def reported(summary: dict[str, Any]) -> str:
    file = io.StringIO()
    made: Any = {"generated": {}, "pages": [], "posts": [], "variants": [], "failed": [], "seconds": {}}
    show_demo(Console(file=file, width=120), DemoResult(**made, reading=Reading([], []), summary=summary))
    return file.getvalue()


def test_two_reasons_that_as_many_posts_have_are_both_told() -> None:
    without = [{"reason": "they are previews", "posts": 5}, {"reason": "they are not read yet", "posts": 5}]
    text = reported({"current": {"posts": 0}, "without_metrics": without})
    assert "5 posts  they are previews" in text
    assert "5 posts  they are not read yet" in text
    assert "gained" not in text


def test_what_posts_gained_is_told() -> None:
    text = reported({"current": {"posts": 2, "engagements": 50, "impressions": 1000}, "without_metrics": []})
    assert "2 posts  gained 50 engagements from 1000 impressions" in text


def test_a_misspelt_setting_is_named_before_anything_is_done(tmp_path: Path) -> None:
    file = io.StringIO()
    given = {"FLYWHEEL_PORT": "4570", "FLYWHEEL_X_API_BASE": "http://127.0.0.1:9", "FLYWHEEL_RETRY_DELAYS": "1,2,3"}
    warn_of_misspelt(Console(file=file, width=40), Deployment.from_env(given, tmp_path))
    assert file.getvalue() == (
        "FLYWHEEL_X_API_BASE is no setting and does nothing; did you mean FLYWHEEL_X_API_BASE_URL?\n"
    )
