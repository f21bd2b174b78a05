"""Filters of a list of cases."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Filter:
    """None matches everything. `changed` is the field `updated_since` compares: for an agency, the time of the last change visible to it."""

    status: str | None = None
    organization_id: str | None = None
    agency_reference: str | None = None
    reference: str | None = None
    updated_since: datetime | None = None
    changed: str = "updated_at"
