"""Groups, batches of letters and safety checks as they are stored."""

from datetime import datetime
from typing import NotRequired, TypedDict

from shared.outbox.stored_record import StoredRecord


class NewGroup(TypedDict):
    """A nomination as it is entered."""

    name: str
    programme_id: str
    organization_id: str
    period_id: str
    first_day: str
    last_day: str
    funder_id: NotRequired[str | None]


class Group(StoredRecord):
    """People nominated by a partner for one period."""

    reference: str
    name: str
    programme_id: str
    organization_id: str
    funder_id: str | None
    period_id: str
    first_day: str
    last_day: str
    created_at: datetime
    created_by: str
    updated_at: NotRequired[datetime]
    joined: NotRequired[int]


class BatchFault(TypedDict):
    """A person whose letters could not be made."""

    application_id: str
    reason: str


class Batch(StoredRecord):
    """Letters for a group, made by the worker under a lease."""

    group_id: str
    kind: str
    application_ids: list[str]
    requested_at: datetime
    requested_by: str
    pending: bool
    leased_until: datetime
    done: int
    completed_at: datetime | None
    file: str | None
    left_out: list[BatchFault]


class SafetyCheck(StoredRecord):
    """A question to all staff in a country whether they are safe."""

    country: str
    asked_at: datetime
    asked_by: str
    application_ids: list[str]
