"""What a list of cases can be asked for."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Filter:
    """None: anything. `changed` is the time that `updated_since` is about: an agency's is when it could see something new."""

    status: str | None = None
    organization_id: str | None = None
    agency_reference: str | None = None
    reference: str | None = None
    updated_since: datetime | None = None
    changed: str = "updated_at"
