"""A tenant of the deployment."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Organisation(BaseModel):
    """A tenant: its pages lie under `/<org_id>/` of the site."""

    model_config = ConfigDict(frozen=True)

    org_id: str
    name: str
    created_at: datetime
