"""One at a time changes an account's tokens: a renewal, or a user who connects the account anew.

Two holders could exchange one refresh token twice, and X ends the grant then. Nobody can say how long the calls under
the lock take at worst: each is tried four times by botocore, and storing new tokens is tried again until it succeeds.
So the lock lasts longer than any process may live that takes it: AWS ends a Lambda at its timeout, 120 seconds for
`social_poster` and 29 for `api`. Whoever has the lock after that meets no earlier holder. A test reads the timeouts
from the deployment; a function with a longer one must not take the lock. Decision 0014.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from functions.shared.domain.accounts.store import AccountStore
from functions.shared.kernel.errors import RateLimited, TransientError
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.kernel.log import log

LOCK_LENGTH = timedelta(seconds=150)
"""Counted from before it is asked for. Longer than any holder lives, with room for clocks that differ."""

LOOK_AGAIN = timedelta(seconds=15)
"""When a job that found it taken comes back: often enough, and far from as often as a job may be put off."""

_PAUSE_SECONDS = 0.5


class AccountBusy(RateLimited):
    """Somebody else is changing the account's tokens."""


@contextmanager
def account_lock(
    org_id: str, account_id: str, *, owner: str, accounts: AccountStore, engine: Engine, patience: int = 0
) -> Iterator[None]:
    """Hold the account's lock; AccountBusy when it is taken after `patience` more looks, half a second apart.

    A process that dies keeps it until its time is over: nobody knows how far it came, or that it died.
    """
    _take(org_id, account_id, owner, accounts, engine, patience)
    try:
        yield
    except Exception:
        _give_back(org_id, account_id, owner, accounts)
        raise
    _give_back(org_id, account_id, owner, accounts)


def _take(org_id: str, account_id: str, owner: str, accounts: AccountStore, engine: Engine, patience: int) -> None:
    for looks_left in range(patience, -1, -1):
        now = engine.clock()
        if accounts.lock(org_id, account_id, owner=owner, now=now, until=now + LOCK_LENGTH):
            return
        if looks_left:
            engine.sleep(_PAUSE_SECONDS)
    raise AccountBusy("the account's tokens are being changed; try again in some minutes", retry_at=now + LOOK_AGAIN)


def _give_back(org_id: str, account_id: str, owner: str, accounts: AccountStore) -> None:
    try:
        accounts.unlock(org_id, account_id, owner=owner)
    except TransientError as error:
        log.warning("lock not given back", action="lock_kept", account_id=account_id, reason=error.reason)
