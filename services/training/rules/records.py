"""The records of training as they are stored: applications, programmes, groups, batches, safety checks, places; and the read copies.

Days are ISO strings in the hospital's zone, moments are `datetime`. `sealed` is encrypted. Not here: the rules that decide over them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

Direction = Literal["in", "out", "own"]
DocumentState = Literal["to_check", "accepted", "refused"]
Texts = Mapping[str, str]
"""A text by language."""

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
ProgrammeStatus = Literal["draft", "published", "closed"]


class Stored(TypedDict):
    """The fields of every record; `version` and `last_sequence` are set by the outbox."""

    _id: str
    version: NotRequired[int]
    last_sequence: NotRequired[int]
    last_external_version: NotRequired[int]


# what an applicant writes


class PersonName(TypedDict, total=False):
    """A name as in the passport (`latin`) and in other spellings."""

    latin: str
    native: str
    kana: str
    preferred: str


class Passport(TypedDict, total=False):
    """A passport."""

    number: str
    country: str | None
    expires_on: str | None


class Licence(TypedDict, total=False):
    """A professional licence."""

    number: str
    authority: str
    licensed_on: str


class EmergencyContact(TypedDict, total=False):
    """Whom to call in an emergency."""

    name: str
    relation: str
    phone: str


class Rotation(TypedDict):
    """A part of the stay in one department."""

    department: str
    first_day: str
    last_day: str
    supervisor: str | None
    place: str | None


class Identity(TypedDict, total=False):
    """The encrypted block that identifies the person."""

    name: PersonName
    birth_date: str
    sex: str
    passport: Passport
    licence: Licence
    institution: str
    position: str


class Contact(TypedDict, total=False):
    """The encrypted block with contact data."""

    email: str
    phone: str
    address: str
    emergency_contact: EmergencyContact


class ApplicantData(Identity, Contact, total=False):
    """Everything an applicant writes, decrypted: identity, contact, what they wrote about themselves, and the plan."""

    motivation: str
    experience: str
    health_note: str
    risk_note: str
    nationality: str
    residence: str
    profession: str
    exempt_scheme: str | None
    language: str
    period_id: str
    first_day: str
    last_day: str
    rotations: list[Rotation]


class References(TypedDict, total=False):
    """Ids that an application has besides what its applicant writes."""

    group_id: str | None
    organization_id: str | None
    funder_id: str | None
    applicant_id: str | None


class SearchKeys(TypedDict):
    """Keyed hashes by which an address finds its applications, and a person's applications find each other."""

    mail: str | None
    match_keys: list[str]


class OpenFields(TypedDict, total=False):
    """What is not encrypted of that."""

    nationality: str
    residence: str
    profession: str
    exempt_scheme: str | None
    language: str
    period_id: str
    first_day: str
    last_day: str
    rotations: list[Rotation]


# applications


class NextStep(TypedDict):
    """Whose turn it is, for what, by when (RFC 3339)."""

    who: str
    what: str
    by: str | None


class StoredDocument(TypedDict):
    """An uploaded document; its name, dates and reason are in `sealed`."""

    id: str
    requirement: str
    status: DocumentState
    at: datetime
    by: str
    sent_by: str
    media_type: str
    size: int
    file: str
    sealed: bytes
    checked_at: NotRequired[datetime]
    checked_by: NotRequired[str]


class StoredUpload(TypedDict):
    """The part of a document that comes from its upload."""

    id: str
    media_type: str
    size: int
    file: str
    sealed: bytes


class DocumentFacts(TypedDict, total=False):
    """The encrypted part of a document: its name, the dates on it, the stay it was accepted for, why it was rejected."""

    name: str
    issued_on: str | None
    valid_from: str | None
    valid_until: str | None
    titre_on: str | None
    doses: list[str]
    stay: list[str]
    why: str


class DecryptedDocument(DocumentFacts):
    """A document with its decrypted part."""

    id: str
    requirement: str
    status: DocumentState
    at: datetime
    by: str
    sent_by: str
    media_type: str
    size: int
    file: str
    checked_at: NotRequired[datetime]
    checked_by: NotRequired[str]


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


class ScreeningProof(TypedDict):
    """An exemption that the office has verified."""

    scheme: str
    by: str
    at: datetime
    sealed: bytes


class Screening(TypedDict, total=False):
    """What the office recorded of the tuberculosis screening."""

    applied_on: str | None
    verified: ScreeningProof | None


class Waiver(TypedDict):
    """The chief's reason why no agreement is needed."""

    because: str
    by: str
    at: datetime


Permission = TypedDict("Permission", {"number": str, "from": str, "until": str})
"""The minister's permission for hands-on training."""
Designation = TypedDict("Designation", {"number": str, "from": str, "until": NotRequired[str | None]})
"""The minister's designation of the place for hands-on training."""
Absence = TypedDict("Absence", {"from": str, "until": str})
"""Days on which a supervisor is away."""


class Supervisor(TypedDict):
    """A supervisor; `designated_for`: the professions they are certified for."""

    name: str
    designated_for: NotRequired[list[str]]
    away: NotRequired[list[Absence]]


class HandsOnFacts(TypedDict, total=False):
    """What the Act requires of hands-on training, as far as the office recorded it."""

    permission: Permission | None
    supervisor: Supervisor | None
    languages_shown: bool


class Application(Stored):
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


# programmes


Period = TypedDict(
    "Period",
    {"id": str, "from": str, "until": str, "slots": int, "group_size": int, "professions": list[str]},
)
"""A period of a programme with its places."""


StoredSeason = TypedDict("StoredSeason", {"from": str, "to": str, "valid_from": NotRequired[str]})


class StoredValidity(TypedDict, total=False):
    """The validity a requirement asks for, as stored; the names are those of `Validity`."""

    within_days_of_start: int | None
    covers_visit: bool
    from_start: bool
    margin_days: int
    season: StoredSeason | None
    years_valid: int | None
    doses: int | None
    interval_days: int
    valid_days: int | None
    this_stay: bool
    or_titre: bool


class StoredAppliesTo(TypedDict, total=False):
    """Whom a requirement applies to, as stored."""

    kinds: list[str]
    professions: list[str]
    nationalities: list[str]
    departments: list[str]
    min_days: int


class StoredRequirement(TypedDict):
    """A document that a programme requires, as stored; `ticked` only in the list of usual ones."""

    code: str
    name: Texts
    owner: NotRequired[str]
    stage: NotRequired[str]
    due_days_before_start: NotRequired[int]
    validity: NotRequired[StoredValidity]
    applies_to: NotRequired[StoredAppliesTo]
    ticked: NotRequired[list[str]]


class ReviewChain(TypedDict):
    """The steps of the review, their order, and the accounts named for each."""

    order: str
    steps: list[str]
    reviewers: NotRequired[dict[str, list[str]]]


class Programme(Stored):
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


# groups and what is kept beside


class NewGroup(TypedDict):
    """A nomination as it is entered."""

    name: str
    programme_id: str
    organization_id: str
    period_id: str
    first_day: str
    last_day: str
    funder_id: NotRequired[str | None]


class Group(Stored):
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


class Batch(Stored):
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


class SafetyCheck(Stored):
    """A question to all staff in a country whether they are safe."""

    country: str
    asked_at: datetime
    asked_by: str
    application_ids: list[str]


class DepartmentLimit(Stored):
    """How many people a department takes on a day."""

    per_day: int | None


# places


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


# read copies


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
    """An agreement of partners."""

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
    notice_on: str | None
    notice_given_on: str | None
    terminates_on: str | None
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
