"""An application as it is stored, from a draft to a certificate, with all its parts."""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from services.training.rules.records.applicants import Rotation
from services.training.rules.records.documents import Screening, StoredDocument
from services.training.rules.records.fields import Direction, Texts
from services.training.rules.records.programmes import Supervisor
from shared.outbox.stored_record import StoredRecord

Status = Literal[
    "draft",
    "submitted",
    "document_check",
    "returned",
    "under_review",
    "waitlisted",
    "accepted",
    "confirmed",
    "deferred",
    "active",
    "completed",
    "rejected",
    "withdrawn",
    "lapsed",
    "no_show",
    "terminated",
]


class NextStep(TypedDict):
    """Whose turn it is, for what, by when (RFC 3339)."""

    who: str
    what: str
    by: str | None


class Hold(TypedDict):
    """Why the start is prevented, since when, and under which agreement."""

    reason: str
    since: datetime
    agreement_id: str | None


class Decision(TypedDict):
    """A decision; an offer is to be answered by `answer_by` once it is announced."""

    outcome: Literal["accepted", "waitlisted", "rejected"]
    at: datetime
    by: str
    conditional: bool
    reason: str | None
    announced_at: datetime | None
    answer_by: datetime | None
    answer_days: NotRequired[int]
    sealed: NotRequired[bytes]


class Condition(TypedDict):
    """A condition of an offer; `code` where it is a document."""

    id: str
    code: str | None
    text: Texts
    due: str | None
    met_at: datetime | None


class NewCondition(TypedDict):
    """A condition as it is entered with an acceptance."""

    text: Texts
    code: NotRequired[str | None]
    due: NotRequired[str | None]


class Verdict(TypedDict):
    """A reviewer's answer for one step."""

    step: str
    verdict: str
    at: datetime
    by: str
    sealed: bytes


class Attendance(TypedDict):
    """The attendance of one day."""

    day: str
    attended: str
    hours: float | None
    by: str
    at: datetime
    department: str | None


class Evaluation(TypedDict):
    """Scores by question, and an encrypted text."""

    at: datetime
    by: str
    scores: dict[str, int]
    sealed: bytes


class Certificate(TypedDict):
    """A certificate: its code is stored hashed and, in `sealed`, encrypted with the texts it states."""

    id: str
    code: str
    sealed: bytes
    requested_at: datetime | None
    issued_at: datetime | None
    file: str | None
    fault: NotRequired[str | None]
    in_latin: NotRequired[bool]


class SafetyEntry(TypedDict):
    """One safety check in which the person was asked, and the answer."""

    asking_id: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


class Return(TypedDict):
    """A return to the applicant, with the codes of the documents concerned."""

    at: datetime
    by: str
    documents: list[str]
    sealed: bytes


class Waiver(TypedDict):
    """The chief's reason why no agreement is needed."""

    because: str
    by: str
    at: datetime


Permission = TypedDict("Permission", {"number": str, "from": str, "until": str})
"""The minister's permission for hands-on training."""


class HandsOnFacts(TypedDict, total=False):
    """What the Act requires of hands-on training, as far as the office recorded it."""

    permission: Permission | None
    supervisor: Supervisor | None
    languages_shown: bool


class Application(StoredRecord):
    """An application, from a draft to a certificate. The blocks of `sealed` are `identity`, `contact`, `clinical`.

    `period_id`, `first_day` and `last_day` are None in a draft without a plan: rules that see drafts test them first.
    """

    reference: str
    status: Status
    programme_id: str
    kind: str
    direction: Direction
    language: str
    created_at: datetime
    updated_at: NotRequired[datetime]
    submitted_at: datetime | None
    link_id: str
    sealed: dict[str, bytes]
    # the plan and what is not encrypted of the person
    period_id: str
    first_day: str
    last_day: str
    rotations: list[Rotation]
    nationality: str | None
    residence: str | None
    profession: str | None
    exempt_scheme: str | None
    risk_noted: bool
    department: str | None
    host_country: str | None
    group_id: str | None
    organization_id: str | None
    funder_id: str | None
    agreement_id: str | None
    agreement_waiver: Waiver | None
    applicant_id: str | None
    # keyed hashes that recognize the person
    mail: str | None
    person_hashes: list[str]
    match_keys: list[str]
    applies: bool
    # whose turn it is: set at every save
    next: NotRequired[NextStep]
    next_since: NotRequired[datetime]
    due: NotRequired[datetime | None]
    overdue: NotRequired[datetime | None]
    # what was done with it
    documents: list[StoredDocument]
    screening: Screening | None
    reviews: list[Verdict]
    asked_steps: list[str]
    returned: NotRequired[Return]
    decision: Decision | None
    conditions: list[Condition]
    waitlist_conditions: NotRequired[list[NewCondition]]
    hold: Hold | None
    hands_on: HandsOnFacts | None
    attendance: list[Attendance]
    evaluations: dict[str, Evaluation]
    certificate: Certificate | None
    safety: list[SafetyEntry]
    reminded_at: NotRequired[datetime]
    link_requested_at: NotRequired[datetime]
    started_at: NotRequired[datetime]
    ended_at: NotRequired[datetime]
    ended_on: NotRequired[str]
    end_reason: NotRequired[str]
    home: NotRequired[list[str]]
    """Not stored: the applicant's departments, looked up for a check (actions/access.py)."""


class StayFields(TypedDict):
    """What of an application shows that two stays overlap, and who may read it; the fields that the store loads for it."""

    _id: str
    reference: str
    status: Status
    programme_id: str
    direction: Direction
    department: str | None
    rotations: list[Rotation]
    applicant_id: str | None
    group_id: str | None
    first_day: str
    last_day: str
    match_keys: list[str]
    reviews: list[Verdict]
    home: NotRequired[list[str]]
