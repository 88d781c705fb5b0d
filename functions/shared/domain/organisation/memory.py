"""Organisations in memory, with the contract of the real store."""

from dataclasses import dataclass, field

from functions.shared.domain.organisation.model import Organisation


@dataclass
class MemoryOrganisationStore:
    """Organisations in a dictionary."""

    stored: dict[str, Organisation] = field(default_factory=dict)

    def put(self, organisation: Organisation) -> None:
        self.stored[organisation.org_id] = organisation

    def get(self, org_id: str) -> Organisation | None:
        return self.stored.get(org_id)

    def all(self) -> list[Organisation]:
        return sorted(self.stored.values(), key=lambda organisation: organisation.org_id)
