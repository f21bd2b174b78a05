"""The records interpreting stores, with their nested parts: a booking with its offers, and an entry of the roster. Types only.

`version` is added by the store with the first save.
"""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from services.interpreting.rules.states import Status
from shared.outbox.stored_record import StoredRecord

OfferStatus = Literal["open", "accepted", "declined", "expired", "withdrawn"]


class Ranking(TypedDict):
    """How well an interpreter fits a booking, by criterion."""

    gender_wish: bool | None
    level: str | None
    certified: bool
    modality_preferred: bool
    knows_the_case: bool
    minutes_that_day: int
    region_differs: bool
    language_distance: int | None
    near_language: str | None


class Match(TypedDict):
    """Result of the last matching: the ranking of the chosen interpreter, or the number of interpreters by reason against them."""

    at: datetime
    ranking: Ranking | None
    why_nobody: dict[str, int] | None


class Override(TypedDict):
    """Why a coordinator booked an interpreter who does not fit; `against` lists the reasons overridden."""

    reason: str | None
    by: str
    at: datetime
    against: list[str]


class OfferDetails(TypedDict):
    """What an interpreter sees of a booking before accepting it."""

    language: str
    start: datetime
    end: datetime
    place: str | None
    modality: str
    department: str | None


class Offer(TypedDict):
    """An offer of a booking to one interpreter. `reason` says why it was withdrawn; `details` is the booking as it was offered."""

    id: str
    interpreter_id: str
    interpreter_name: str
    status: OfferStatus
    by: str
    at: datetime
    expires_at: datetime
    answered_at: datetime | None
    reason: str | None
    against: list[str]
    override: str | None
    details: OfferDetails


class FormerAssignment(TypedDict):
    """A booking as its former interpreter last had it; `version` is the booking's version without them."""

    interpreter_id: str
    start: datetime
    end: datetime
    place: str | None
    at: datetime
    version: int


class VisitFacts(TypedDict):
    """What a booking takes over from its visit, except the period."""

    visit_id: str
    case_id: str
    reference: str | None
    organization_id: str | None
    agency_reference: str | None
    department: str | None
    place: str | None
    modality: str
    urgency: str
    language: str
    gender_wish: str | None


class Assignment(TypedDict):
    """Who interprets, how they were chosen, and the result of the last matching."""

    interpreter_id: str | None
    interpreter_name: str | None
    filled_by: str | None
    override: Override | None
    match: Match | None


class Booking(StoredRecord, VisitFacts, Assignment):
    """A visit's booking of an interpreter. `arrived`: the patient is here. `excluded_interpreters`: they declined or were released."""

    status: Status
    start: datetime
    end: datetime
    on_demand: bool
    arrived: bool
    excluded_interpreters: list[str]
    outcome: str | None
    started_at: datetime | None
    ended_at: datetime | None
    cancel_reason: str | None
    cancelled_by: str | None
    requested_at: datetime
    changed_at: NotRequired[datetime]
    offers: NotRequired[list[Offer]]
    next_offer_expiry: NotRequired[datetime | None]
    former_assignments: NotRequired[list[FormerAssignment]]


class PersonName(TypedDict):
    """A name: `latin` as in the passport, `written` in the person's own script."""

    latin: str
    written: NotRequired[str | None]
    kana: NotRequired[str | None]


class LanguageEntry(TypedDict):
    """A language an interpreter speaks besides Japanese."""

    tag: str
    level: str


class HoursEntry(TypedDict):
    """Hours on a weekday, as wall-clock times such as 08:30."""

    day: str
    since: str
    until: str


class Certificate(TypedDict):
    """A certificate for a language; `expires_on` is the last day it is valid."""

    language: str
    name: str
    expires_on: NotRequired[str | None]


class AbsenceEntry(TypedDict):
    """A period in which the interpreter is absent."""

    start: datetime
    end: datetime
    reason: NotRequired[str | None]


class CalendarLink(TypedDict):
    """The calendar link of an interpreter; the token itself is not stored."""

    hash: str
    since: datetime


class InterpreterChanges(TypedDict, total=False):
    """Any of the fields that a coordinator enters."""

    name: PersonName
    gender: str
    languages: list[LanguageEntry]
    modalities: list[str]
    weekly_hours: list[HoursEntry]
    travel_buffer_minutes: int
    daily_maximum: int | None
    email: str | None
    account_id: str | None
    certifications: list[Certificate]
    exceptions: list[AbsenceEntry]
    active: bool


class RequiredFields(TypedDict):
    """The fields that every new entry has."""

    name: PersonName
    languages: list[LanguageEntry]
    modalities: list[str]
    weekly_hours: list[HoursEntry]


class OptionalFields(TypedDict):
    """The fields that have defaults."""

    gender: str
    travel_buffer_minutes: int
    daily_maximum: int | None
    email: str | None
    account_id: str | None
    certifications: list[Certificate]
    exceptions: list[AbsenceEntry]
    active: bool


class NewInterpreter(RequiredFields):
    """An interpreter as a coordinator registers them."""

    gender: NotRequired[str]
    travel_buffer_minutes: NotRequired[int]
    daily_maximum: NotRequired[int | None]
    email: NotRequired[str | None]
    account_id: NotRequired[str | None]
    certifications: NotRequired[list[Certificate]]
    exceptions: NotRequired[list[AbsenceEntry]]
    active: NotRequired[bool]


class InterpreterEntry(RequiredFields, OptionalFields):
    """What a coordinator enters of an interpreter."""


class SearchFields(TypedDict):
    """Fields derived from an entry, by which the search finds it."""

    search_keys: list[str]
    language_keys: list[str]
    working_days: list[int]


class Interpreter(InterpreterEntry, SearchFields):
    """An entry of the roster."""

    _id: str
    calendar: CalendarLink | None
    version: int
