"""Pending authorisations in memory, with the contract of the real store."""

from dataclasses import dataclass, field

from functions.api.authorizations.store import PendingAuthorisation


@dataclass
class MemoryAuthorisations:
    """Implements AuthorisationStore in a dictionary."""

    stored: dict[tuple[str, str], PendingAuthorisation] = field(default_factory=dict)

    def put(self, pending: PendingAuthorisation) -> None:
        self.stored[pending.org_id, pending.authorisation_id] = pending

    def get(self, org_id: str, authorisation_id: str) -> PendingAuthorisation | None:
        return self.stored.get((org_id, authorisation_id))

    def take(self, pending: PendingAuthorisation, *, owner: str) -> bool:
        stored = self.get(pending.org_id, pending.authorisation_id)
        if stored is None or stored.used_by not in (None, owner):
            return False
        self.put(stored.model_copy(update={"used_by": owner}))
        return True

    def release(self, pending: PendingAuthorisation, *, owner: str) -> None:
        stored = self.get(pending.org_id, pending.authorisation_id)
        if stored is not None and stored.used_by == owner:
            self.put(stored.model_copy(update={"used_by": None}))
