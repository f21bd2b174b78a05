"""The records of intake as they are stored, and the blocks of a person's data that are encrypted in them.

A record's `version` and `last_sequence` are written by shared/outbox/records.py. A key that is NotRequired is absent where nothing was ever set.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from shared.outbox.stored_record import StoredRecord

CaseStatus = Literal[
    "received", "in_review", "awaiting_information", "accepted", "scheduled", "in_care", "completed", "declined", "cancelled"
]  # fmt: skip
VisitStatus = Literal["booked", "arrived", "left", "completed", "cancelled", "no_show"]
Side = Literal["agency", "hospital"]
Json = Mapping[str, Any]
"""A JSON object of which only some fields are read."""


class Language(TypedDict):
    """A language of the patient. The order in a list is the order of preference."""

    tag: str
    level: NotRequired[str]


class Waiver(TypedDict):
    """Who of the family interprets, and why."""

    who: str
    why: str
    child: NotRequired[bool]


_Purpose = TypedDict("_Purpose", {"for": str}, total=False)


class StatedNeed(_Purpose, total=False):
    """An interpreter need as stated for a patient, a case or a visit; what is missing follows from the others (needs.py).

    The `waiver` is stored encrypted, apart from the need.
    """

    required: bool | None
    provided_by: str | None
    gender_wish: str | None
    waiver: Waiver


class Name(TypedDict, total=False):
    """A person's name in the forms that were entered."""

    latin: str
    native: str
    kana: str
    preferred: str
    family: str
    given: str


class Phone(TypedDict):
    """A phone number as typed and in E.164 format."""

    typed: str
    e164: str


class Passport(TypedDict, total=False):
    number: str
    country: str
    expires: str


class EmergencyContact(TypedDict):
    name: str
    relation: NotRequired[str]
    phone: NotRequired[str]
    language: NotRequired[str]


class PayerDetails(TypedDict, total=False):
    company: str
    policy_number: str


class Payer(PayerDetails):
    kind: str


class Person(TypedDict, total=False):
    """The person's data that are compared and searched, as far as they are known."""

    name: Name
    birth_date: str
    sex: str
    nationality: str
    passport: Passport
    phone: Phone
    hospital_number: str


class Identity(TypedDict, total=False):
    """The encrypted block `identity`."""

    name: Name
    birth_date: str
    sex: str
    nationality: str
    residence: str
    passport: Passport
    hospital_number: str
    payer: PayerDetails


class Contact(TypedDict, total=False):
    """The encrypted block `contact`."""

    phone: Phone
    email: str
    address: str
    emergency_contact: EmergencyContact


class Needs(TypedDict, total=False):
    """The patient's needs. The interpreter need is stored in clear, the others encrypted."""

    interpreter: StatedNeed
    religion: str
    prayer: str
    diet: str
    access: str


class Clinical(TypedDict, total=False):
    """The encrypted block `clinical`."""

    reason: str
    clinical_summary: str
    needs: Needs
    waiver: Waiver
    allergies: str


class Blocks(TypedDict):
    """The three blocks of a person's data before they are encrypted."""

    identity: Identity
    contact: Contact
    clinical: Clinical


class SealedBlocks(TypedDict):
    """The three blocks as stored."""

    identity: bytes
    contact: bytes
    clinical: bytes


class OpenRequest(TypedDict):
    """The part of a request that is stored in clear."""

    department: str
    urgency: str
    wished_dates: NotRequired[list[str]]


class NextAction(TypedDict):
    """Whose turn it is, for what, and by when (RFC 3339)."""

    who: str
    what: str
    by: str | None


class Visit(TypedDict):
    """A visit, part of its case. `closing` is the id of the closing of a day that completed it or marked it as no-show."""

    id: str
    status: VisitStatus
    kind: str
    department: str
    start: datetime
    end: datetime
    place: str | None
    modality: str
    on_demand: bool
    rescheduled: int
    interpreter: StatedNeed
    waiver: NotRequired[bytes]
    arrived_at: NotRequired[datetime | None]
    closing: NotRequired[str | None]
    urgency: NotRequired[str]


class Message(TypedDict):
    """A message, a note, or with `code` instead of `sealed` a note by the system."""

    id: str
    at: datetime
    by: str
    sent_by: Side
    kind: str
    sealed: NotRequired[bytes]
    code: NotRequired[str]


class AttachedDocument(TypedDict):
    """A file of a case: `file` names its encrypted content, `sealed` is its encrypted name."""

    id: str
    kind: str
    media_type: str
    size: int
    file: str
    sealed: bytes
    at: datetime
    by: str
    sent_by: Side
    visible_to: list[str]


class Cancellation(TypedDict):
    """A cancellation that the agency requested and that nobody has decided on."""

    reason: str
    requested_at: datetime


class Closing(TypedDict):
    """How a case ended: declined (`reason`), cancelled (`reason`, `wanted_by`) or completed (`outcome`)."""

    at: datetime
    reason: NotRequired[str]
    wanted_by: NotRequired[str]
    outcome: NotRequired[str]


class FirstCase(TypedDict):
    """The first case with the same agency_reference."""

    id: str
    reference: str


class PreviousVisit(TypedDict):
    """The fields of a visit before the last change of its case."""

    status: VisitStatus
    start: datetime
    end: datetime
    rescheduled: int
    arrived_at: datetime | None
    closing: str | None


class Previous(TypedDict):
    """The fields of a case before its last change, and of the visits it changed, by id. `version` is the version before it."""

    version: int
    status: CaseStatus
    unanswered: datetime | None
    cancellation: Cancellation | None
    turned_at: datetime | None
    closing: Closing | None
    visits: dict[str, PreviousVisit]


class Record(StoredRecord):
    """The fields that cases and patients share."""

    sealed: SealedBlocks
    search: list[int]
    languages: list[Language]
    interpreter: StatedNeed


class Case(Record):
    """A case. `unanswered` is the time since when the agency has waited for a reply, `turned_at` the start of the current turn (`next`).

    `repeat` tells cases with the same agency_reference apart. `linked_as` is the original patient of a case that moved with a merge.
    """

    reference: str
    channel: str
    organization_id: NotRequired[str]
    agency_reference: NotRequired[str]
    repeat: NotRequired[str]
    same_reference_as: NotRequired[FirstCase | None]
    status: CaseStatus
    next: NextAction
    turned_at: NotRequired[datetime | None]
    created_at: datetime
    updated_at: datetime
    agency_version: int
    agency_updated_at: datetime
    request: OpenRequest
    payer: str
    patient_id: NotRequired[str | None]
    linked_as: NotRequired[str | None]
    standing_interpreter: NotRequired[StatedNeed | None]
    visits: list[Visit]
    messages: list[Message]
    documents: list[AttachedDocument]
    cancellation: NotRequired[Cancellation | None]
    unanswered: NotRequired[datetime | None]
    closing: NotRequired[Closing | None]
    before: NotRequired[Previous]


class CaseChanges(TypedDict, total=False):
    """Fields that a command changes."""

    status: CaseStatus
    patient_id: str | None
    linked_as: str | None
    standing_interpreter: StatedNeed | None
    visits: list[Visit]
    messages: list[Message]
    documents: list[AttachedDocument]
    cancellation: Cancellation | None
    unanswered: datetime | None
    closing: Closing | None
    languages: list[Language]
    interpreter: StatedNeed
    request: OpenRequest
    payer: str
    sealed: SealedBlocks
    search: list[int]


class PatientLink(TypedDict):
    """The fields by which a case is linked to a patient."""

    patient_id: str
    linked_as: str | None
    standing_interpreter: StatedNeed | None


class VisitChanges(TypedDict, total=False):
    """Fields of a visit that an edit changes."""

    place: str | None
    modality: str
    interpreter: StatedNeed
    waiver: bytes
    arrived_at: datetime | None
    closing: str | None


class MergeNote(TypedDict):
    """When and by whom patients were merged, with the encrypted reason."""

    id: str
    at: datetime
    by: str
    sealed: bytes


class Merge(MergeNote):
    """A merge of a patient into another one (`other`), or its undoing."""

    what: str
    other: str


class Patient(Record):
    """A patient. `absorbed` are the patients merged into this one; `links` counts the cases linked to it by a change of its record."""

    registered_at: datetime
    merged_into: NotRequired[str | None]
    merges: NotRequired[list[Merge]]
    absorbed: NotRequired[list[str]]
    links: NotRequired[int]


class VisitInterpreter(TypedDict):
    """Read copy: the booking of a visit's interpreter."""

    _id: str
    booking_id: str
    status: str
    interpreter_id: str | None
    name: str | None


class TimelineLine(TypedDict):
    """Read copy: an event of another service about a case."""

    _id: str
    case_id: str
    time: datetime
    type: str
    facts: Json
    by: str


class PublishedEvent(TypedDict):
    """An event that intake published about a case, as the outbox and the event log store it."""

    time: datetime
    type: str
    data: Json
    actor: str
    causationid: str


class Department(TypedDict):
    """Read copy: a department. Only `listed` ones take visits."""

    _id: str
    names: NotRequired[dict[str, str]]
    place: NotRequired[str]
    extension: NotRequired[str]
    listed: NotRequired[bool]


class OrganizationContact(TypedDict, total=False):
    language: str


class Organization(TypedDict, total=False):
    """Read copy: the name and contacts of an organization."""

    name: str
    contacts: list[OrganizationContact]


class FoundRecord(TypedDict):
    """The fields of a case or patient that a search reads."""

    _id: str
    version: NotRequired[int]
    sealed: SealedBlocks
    reference: NotRequired[str]
    status: NotRequired[CaseStatus]
    channel: NotRequired[str]
    organization_id: NotRequired[str | None]
    patient_id: NotRequired[str | None]
    merged_into: NotRequired[str | None]
    created_at: NotRequired[datetime]
    registered_at: NotRequired[datetime]


class RequestBody(OpenRequest):
    """What an agency or the front desk asks for."""

    reason: NotRequired[str]
    clinical_summary: NotRequired[str]


class PatientBody(Identity, Contact, total=False):
    """The patient as a body or a page states it."""

    allergies: str


class WalkIn(TypedDict):
    """The visit of a patient who is at the front desk."""

    department: str
    minutes: int
    place: NotRequired[str | None]
    modality: NotRequired[str]
    interpreter: NotRequired[StatedNeed]


class CaseDetails(TypedDict):
    """The validated details of a case: of a new one, or of one that is edited."""

    patient: PatientBody
    languages: list[Language]
    needs: NotRequired[Needs]
    request: RequestBody
    payer: Payer


class ReferralBody(CaseDetails):
    agency_reference: str


class CaseBody(CaseDetails):
    """A case that the front desk registers; with `visit` it is a walk-in."""

    channel: NotRequired[str]
    patient_id: NotRequired[str | None]
    visit: NotRequired[WalkIn]


class CaseEdit(TypedDict, total=False):
    """An edit: the changed fields of each section, None for a removed one; languages as a whole."""

    patient_id: str | None
    patient: Json
    languages: list[Language]
    needs: Json
    request: Json
    payer: Json


class OpenDetails(TypedDict):
    """The details of a case that are stored in clear."""

    languages: list[Language]
    interpreter: StatedNeed
    request: OpenRequest
    payer: str


class VisitPeriod(TypedDict):
    start: datetime
    end: datetime


class VisitBody(VisitPeriod):
    """A visit to book."""

    department: str
    place: NotRequired[str | None]
    modality: NotRequired[str]
    kind: NotRequired[str]
    interpreter: NotRequired[StatedNeed]


class RescheduleBody(VisitPeriod):
    wanted_by: str


class DocumentBody(TypedDict):
    """The fields of an upload besides its files."""

    kind: str
    visible_to: NotRequired[list[str] | None]


MergeBody = TypedDict("MergeBody", {"into": NotRequired[str], "from": NotRequired[str], "reason": str})
"""A merge of the patient in the address `into` another one, or of another one (`from`) into it."""
