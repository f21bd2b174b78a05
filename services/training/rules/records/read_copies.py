"""Read copies of partners' organizations and agreements and of departments; events as they are stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict


class DepartmentCopy(TypedDict):
    """A department: names by language, whether it can be chosen."""

    _id: str
    names: dict[str, str]
    listed: bool


class OrganizationCopy(TypedDict):
    """A partner; `recheck` where its applications are still to be checked."""

    _id: str
    name: str
    kinds: list[str]
    status: str
    country: str | None
    sequence: int
    recheck: bool


class AgreementCopy(TypedDict):
    """An agreement of partners: the fields that training reads by name; shared/agreements.py reads the rest of its dates."""

    _id: str
    reference: str
    kind: str
    status: str
    term: str
    starts: str
    ends: str | None
    scopes: list[str]
    organization_ids: list[str]
    title: dict[str, str]
    renews_months: int | None
    notice_given_on: str | None
    renewed_by: NotRequired[str]
    sequence: int
    recheck: bool


class EventEntry(TypedDict):
    """An event as the event log and an outbox store it."""

    type: str
    time: datetime
    actor: str
    causationid: str
    sequence: int
    data: Mapping[str, Any]
