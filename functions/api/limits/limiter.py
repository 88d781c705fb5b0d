"""How often an organisation may call, whichever Lambda answers it. Decision 0040.

Tokens are leased from the organisation's bucket in chunks that follow how fast they are used, so that a warm Lambda
writes about once a second and organisation, however many calls it answers.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from functions.api.limits.bucket import Bucket
from functions.api.limits.store import BucketStore
from functions.api.refusals import TooManyCalls
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.log import log

FIRST_CHUNK = 5
LEASE_MS = 10_000
OUTAGE_MS = 5_000

_TRIES = 4
_MOST_ORGS = 1000


@dataclass(slots=True)
class _Lease:
    """What this Lambda may still answer of one organisation without asking."""

    tokens: int = 0
    chunk: int = FIRST_CHUNK
    taken_at: int = 0
    full_at: int = 0
    refused_until: int = 0


@dataclass(slots=True)
class RateLimiter:
    """Counts calls. While the store is out of reach nobody is refused: the limit is there for the neighbours."""

    bucket: Bucket
    store: BucketStore
    clock: Clock
    _leases: OrderedDict[str, _Lease] = field(default_factory=OrderedDict)

    def require_room(self, org_id: str) -> None:
        """Count one call of the organisation; raises TooManyCalls."""
        now = round(self.clock().timestamp() * 1000)
        lease = self._lease(org_id)
        if now < lease.refused_until:
            raise TooManyCalls(self.bucket.per_second, wait_ms=lease.refused_until - now)
        if lease.tokens <= 0 or now - lease.taken_at > LEASE_MS:
            self._renew(org_id, lease, now)
        lease.tokens -= 1

    def _lease(self, org_id: str) -> _Lease:
        lease = self._leases.setdefault(org_id, _Lease())
        self._leases.move_to_end(org_id)
        while len(self._leases) > _MOST_ORGS:
            self._leases.popitem(last=False)
        return lease

    def _renew(self, org_id: str, lease: _Lease, now: int) -> None:
        lease.chunk = self._next_chunk(lease, now)
        try:
            lease.tokens = self._take(org_id, lease, now)
        except FlywheelError as error:
            log.warning("calls are not counted", action="calls_not_counted", org_id=org_id, reason=error.reason)
            lease.tokens, lease.taken_at = self.bucket.per_second * OUTAGE_MS // 1000, now
            return
        lease.taken_at = now
        if lease.tokens == 0:
            wait_ms = max(1, self.bucket.wait_ms(lease.full_at, now))
            lease.refused_until = now + wait_ms
            log.warning("calls refused", action="calls_refused", org_id=org_id, milliseconds=wait_ms)
            raise TooManyCalls(self.bucket.per_second, wait_ms=wait_ms)

    def _next_chunk(self, lease: _Lease, now: int) -> int:
        """Twice as many when the last ones were gone within a second, half as many when they lasted for two."""
        lasted = now - lease.taken_at
        if lasted < 1000:
            return min(lease.chunk * 2, max(1, self.bucket.per_second))
        return max(min(FIRST_CHUNK, self.bucket.at_once), lease.chunk // 2) if lasted > 2000 else lease.chunk

    def _take(self, org_id: str, lease: _Lease, now: int) -> int:
        for _ in range(_TRIES):
            tokens = min(lease.chunk, self.bucket.left(lease.full_at, now))
            if tokens == 0:
                return 0
            after = self.bucket.taken(lease.full_at, now, tokens)
            stored = self.store.swap(org_id, lease.full_at, after)
            if stored is None:
                lease.full_at = after
                return tokens
            lease.full_at = stored
        return 1  # Others keep taking at the same moment: this call is answered, and the next one asks again.
