"""The port to where organisations are kept: in the `accounts` table, beside their accounts."""

from typing import Protocol

from functions.shared.domain.organisation.model import Organisation


class OrganisationStore(Protocol):
    """The tenants of the deployment."""

    def put(self, organisation: Organisation) -> None:
        """Create or rename an organisation."""

    def get(self, org_id: str) -> Organisation | None:
        """One organisation."""

    def all(self) -> list[Organisation]:
        """Every organisation of the deployment, by id."""
