"""Programmes as they are stored: periods, the review chain, supervisors."""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from services.training.rules.records.documents import StoredRequirement
from services.training.rules.records.fields import Texts
from shared.outbox.stored_record import StoredRecord

ProgrammeStatus = Literal["draft", "published", "closed"]
Designation = TypedDict("Designation", {"number": str, "from": str, "until": NotRequired[str | None]})
"""The minister's designation of the place for hands-on training."""
Absence = TypedDict("Absence", {"from": str, "until": str})
"""Days on which a supervisor is away."""


class Supervisor(TypedDict):
    """A supervisor; `designated_for`: the professions they are certified for."""

    name: str
    designated_for: NotRequired[list[str]]
    away: NotRequired[list[Absence]]


Period = TypedDict(
    "Period",
    {"id": str, "from": str, "until": str, "slots": int, "group_size": int, "professions": list[str]},
)
"""A period of a programme with its places."""


class ReviewChain(TypedDict):
    """The steps of the review, their order, and the accounts named for each."""

    order: str
    steps: list[str]
    reviewers: NotRequired[dict[str, list[str]]]


class Programme(StoredRecord):
    """A programme; `apply_until` is the last day to apply."""

    reference: str
    status: ProgrammeStatus
    kind: str
    title: Texts
    text: Texts
    department: str | None
    organization_id: str | None
    country: str | None
    languages: list[str]
    professions: list[str]
    supervisor: Supervisor | None
    deadline: datetime | None
    apply_until: str | None
    requirements: list[StoredRequirement]
    review: ReviewChain
    answer_days: int
    purpose: str | None
    designation: Designation | None
    periods: list[Period]
    created_at: datetime
    updated_at: datetime
