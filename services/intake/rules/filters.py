"""What a list of cases can be asked for."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Filter:
    """None: anything."""

    status: str | None = None
    organization_id: str | None = None
    agency_reference: str | None = None
    reference: str | None = None
    updated_since: datetime | None = None
