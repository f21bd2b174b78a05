"""Who holds and waits for places: records of periods, of departments' months and their limits."""

from datetime import datetime
from typing import NotRequired, TypedDict

from shared.outbox.stored_record import StoredRecord


class DepartmentLimit(StoredRecord):
    """How many people a department takes on a day."""

    per_day: int | None


class SlotHolder(TypedDict):
    """Who holds a slot of a period."""

    application_id: str
    slot: str


class PeriodWaiting(TypedDict):
    """Who waits for a slot of a period; `days` as (department, first day, last day)."""

    application_id: str
    slot: str
    since: datetime
    first_day: str
    days: list[list[str]]


class PeriodPlaces(TypedDict):
    """Who holds and waits for the slots of a period."""

    _id: str
    programme_id: str
    slots: int
    group_size: int
    holders: list[SlotHolder]
    waiting: list[PeriodWaiting]
    touched: NotRequired[int]


class DayHolder(TypedDict):
    """Who is in a department, from the first to the last day."""

    application_id: str
    first: str
    last: str


class MonthWaiting(TypedDict):
    """Who waits for days of a month."""

    application_id: str
    period_id: str
    since: datetime


class DepartmentMonth(TypedDict):
    """Who is in a department and who waits for it in a month (2026-12)."""

    _id: str
    department: str
    month: str
    holders: list[DayHolder]
    waiting: list[MonthWaiting]
    touched: NotRequired[int]
