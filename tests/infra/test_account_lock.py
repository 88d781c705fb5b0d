"""The lock of an account's tokens outlives whoever holds it, by the deployment's own timeouts."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

from functions.shared.kernel import aws
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.jobs.policy import RetryPolicy
from functions.shared.networks.account_lock import LOCK_LENGTH, LOOK_AGAIN
from functions.shared.networks.port import App
from functions.shared.networks.x.sign_in import HttpOAuth
from functions.social_poster.renew_token import LEAST_TIME
from infra.fleet import FLEET

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
CLOCKS_DIFFER_BY = timedelta(seconds=30)
MODULE = "functions.shared.networks.account_lock"


def holders() -> set[str]:
    """The functions that take the lock; nothing that all functions share does."""
    importers = {
        path.relative_to(FUNCTIONS).parts[0]
        for path in FUNCTIONS.rglob("*.py")
        if any(
            isinstance(node, ast.ImportFrom) and node.module == MODULE for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert "shared" not in importers
    return importers


def test_the_lock_lasts_longer_than_any_function_that_takes_it_may_run() -> None:
    timeouts = {plan.name: timedelta(seconds=plan.timeout_seconds) for plan in FLEET if plan.name in holders()}

    assert timeouts.keys() == {"api", "social_poster"}
    assert max(timeouts.values()) + CLOCKS_DIFFER_BY <= LOCK_LENGTH


def test_waiting_for_a_dead_holders_lock_uses_up_less_than_half_of_a_jobs_deferrals() -> None:
    assert RetryPolicy().most_deferrals / 2 > LOCK_LENGTH / LOOK_AGAIN


def test_an_exchange_is_begun_only_where_there_is_time_to_store_what_comes_of_it() -> None:
    config: Any = aws._CONFIG
    attempts = config.retries["total_max_attempts"]
    pauses = sum(min(2**number, 20) for number in range(attempts - 1))  # botocore's standard mode, without its luck
    call = (config.connect_timeout + config.read_timeout) * attempts + pauses
    exchange = HttpOAuth("", lambda: App(""), utc_now).seconds * 1.5
    (poster,) = (plan for plan in FLEET if plan.name == "social_poster")

    assert config.retries["mode"] == "standard"
    assert timedelta(seconds=call + exchange) <= LEAST_TIME
    assert timedelta(seconds=poster.timeout_seconds) > LEAST_TIME + timedelta(seconds=30)
