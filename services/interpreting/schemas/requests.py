"""What requests contain: queries and bodies of commands, by noun."""

from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

from marshmallow import fields, validate

from services.interpreting.actions.availability import SlotSearch
from services.interpreting.rules import availability, offers, states
from services.interpreting.rules.bookings import CANCEL_REASONS, RELEASE_REASONS
from services.interpreting.schemas.fields import (
    GENDER,
    MODALITY,
    AbsenceSchema,
    CertificateSchema,
    HoursSchema,
    NameSchema,
    SpokenSchema,
    modalities,
    rows,
)
from shared.web.fields import ID, EmailAddress, Flag, Line, Moment, Paged, Schema, Text, Whole, calendar_day, each_once


class BookingListQuery(Paged):
    """Filters of the list of bookings; `from` and `to` select periods that overlap them."""

    case_id = fields.String(validate=ID)
    visit_id = fields.String(validate=ID)
    interpreter_id = fields.String(validate=ID)
    status = fields.String(validate=validate.OneOf(states.STATES))
    since = Moment(data_key="from")
    until = Moment(data_key="to")


class AssignSchema(Schema):
    """The interpreter to assign; `override` is the reason if they do not fit."""

    interpreter_id = fields.String(required=True, validate=ID)
    override = Text(500, load_default=None, allow_none=True)


class ReleaseSchema(Schema):
    """Why the interpreter is released."""

    reason = fields.String(load_default="given_back", validate=validate.OneOf(RELEASE_REASONS))


class CancelSchema(Schema):
    """Why no interpreter is needed."""

    reason = fields.String(load_default="not_needed", validate=validate.OneOf(CANCEL_REASONS))


class OfferRequestSchema(Schema):
    """The interpreters to send the offer to, and how long it is open; `override` is the reason if one of them does not fit."""

    interpreter_ids = fields.List(
        fields.String(validate=ID), required=True, validate=[validate.Length(1, 50), each_once]
    )
    expires_in_minutes = Whole(
        load_default=offers.DEFAULT_MINUTES, validate=validate.Range(offers.MIN_MINUTES, offers.MAX_MINUTES)
    )
    override = Text(500, load_default=None, allow_none=True)


class OwnOfferQuery(Paged):
    """A page of offers, in order of the visit's start."""


class _OptionalFields(Schema):
    """Optional fields."""

    gender = fields.String(validate=GENDER, metadata={"description": "Codes of FHIR's administrative gender"})
    travel_buffer_minutes = Whole(validate=validate.Range(0, 480))
    daily_maximum = Whole(
        allow_none=True,
        validate=validate.Range(1, 48),
        metadata={"description": "Most bookings on one day; null: no limit"},
    )
    email = EmailAddress(allow_none=True)
    account_id = fields.String(allow_none=True, validate=ID)
    certifications = rows(CertificateSchema, 50)
    exceptions = rows(AbsenceSchema, 400, metadata={"description": "Absences"})
    active = Flag()


class NewInterpreterSchema(_OptionalFields):
    """An interpreter to register."""

    name = fields.Nested(NameSchema, required=True)
    languages = rows(SpokenSchema, 40, 1, required=True)
    modalities = modalities(required=True)
    weekly_hours = rows(HoursSchema, 70, required=True)


class InterpreterChangesSchema(_OptionalFields):
    """Fields that can be changed. A field that is not given stays as it is; a list that is given is replaced."""

    name = fields.Nested(NameSchema)
    languages = rows(SpokenSchema, 40, 1)
    modalities = modalities()
    weekly_hours = rows(HoursSchema, 70)


class InterpreterListQuery(Paged):
    """Filters of the roster; languages match as for bookings (cmn finds zh)."""

    active = fields.Boolean()
    language = Line(35)
    modality = fields.String(validate=MODALITY)


class AvailabilitySchema(Schema):
    """Fields that interpreters change themselves. A field that is not given stays as it is; a list that is given is replaced."""

    weekly_hours = rows(HoursSchema, 70)
    exceptions = rows(AbsenceSchema, 400, metadata={"description": "Absences"})


class DayQuery(Paged):
    """A day in the hospital's time zone, and filters of the interpreters."""

    date = fields.String(required=True, validate=calendar_day, metadata={"format": "date", "example": "2026-11-25"})
    language = Line(35)
    modality = fields.String(validate=MODALITY)


class SlotQuery(Schema):
    """The slot to find: earliest start, length, language. With `place`, an interpreter at the same place needs no travel time."""

    language = Line(35, required=True)
    since = Moment(required=True, data_key="from")
    until = Moment(data_key="to", metadata={"description": "Two weeks after `from` if not given"})
    minutes = fields.Integer(load_default=60, validate=validate.Range(5, availability.MAX_MINUTES))
    modality = fields.String(load_default="on_site", validate=MODALITY)
    place = Line(200)
    gender = fields.String(validate=GENDER)
    every = fields.Integer(
        load_default=30,
        validate=validate.OneOf(availability.STEPS),
        metadata={"description": "Minutes between two possible starts, counted from midnight"},
    )
    limit = fields.Integer(load_default=10, validate=validate.Range(1, 100))


class SlotQueryFields(TypedDict):
    """A SlotQuery as it is loaded; `opens` and `closes` are added by the page's query."""

    language: str
    since: datetime
    until: NotRequired[datetime]
    minutes: int
    modality: str
    place: NotRequired[str]
    gender: NotRequired[str | None]
    every: int
    opens: NotRequired[str | None]
    closes: NotRequired[str | None]
    limit: int


def slot_search(query: SlotQueryFields) -> SlotSearch:
    """Returns the search that a loaded SlotQuery asks for."""
    return SlotSearch(
        language=query["language"],
        since=query["since"],
        until=query.get("until"),
        length=timedelta(minutes=query["minutes"]),
        modality=query["modality"],
        place=query.get("place"),
        gender=query.get("gender"),
        every=timedelta(minutes=query["every"]),
        opens=query.get("opens"),
        closes=query.get("closes"),
    )
