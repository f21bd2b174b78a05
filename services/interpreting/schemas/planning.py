"""Shapes for planning: a day by interpreter, and the next times at which an interpreter is free."""

from marshmallow import fields, validate

from services.interpreting.rules import planning, states
from services.interpreting.schemas.parts import GENDER, MODALITY, PeriodSchema
from shared.web.fields import Id, Line, Moment, Paged, Schema, Whole, calendar_day


class DayQuery(Paged):
    """A day in the hospital's time zone, and filters of the interpreters."""

    date = fields.String(required=True, validate=calendar_day, metadata={"format": "date", "example": "2026-11-25"})
    language = Line(35)
    modality = fields.String(validate=MODALITY)


class DayBookingSchema(PeriodSchema):
    """A booking of that day."""

    id = Id(attribute="_id", required=True)
    status = fields.String(required=True, validate=validate.OneOf(states.STATES))
    language = fields.String(required=True)
    department = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    modality = fields.String(required=True, validate=MODALITY)
    reference = fields.String(required=True, allow_none=True)


class InterpreterDaySchema(Schema):
    """One interpreter's day. `ways`: travel time around bookings; `free`: on duty, neither booked nor travelling."""

    interpreter_id = Id(attribute="_id", required=True)
    name = fields.String(required=True)
    languages = fields.List(fields.String(), required=True)
    modalities = fields.List(fields.String(validate=MODALITY), required=True)
    travel_buffer_minutes = Whole(required=True)
    on_duty = fields.List(fields.Nested(PeriodSchema), required=True)
    absences = fields.List(fields.Nested(PeriodSchema), required=True)
    bookings = fields.List(fields.Nested(DayBookingSchema), required=True)
    ways = fields.List(fields.Nested(PeriodSchema), required=True)
    free = fields.List(fields.Nested(PeriodSchema), required=True)


class SlotQuery(Schema):
    """The slot to find: earliest start, length, language. With `place`, an interpreter at the same place needs no travel time."""

    language = Line(35, required=True)
    since = Moment(required=True, data_key="from")
    until = Moment(data_key="to", metadata={"description": "Two weeks after `from` if not given"})
    minutes = fields.Integer(load_default=60, validate=validate.Range(5, planning.LONGEST))
    modality = fields.String(load_default="on_site", validate=MODALITY)
    place = Line(200)
    gender = fields.String(validate=GENDER)
    every = fields.Integer(
        load_default=30,
        validate=validate.OneOf(planning.STEPS),
        metadata={"description": "Minutes between two possible starts, counted from midnight"},
    )
    limit = fields.Integer(load_default=10, validate=validate.Range(1, 100))


class SlotSchema(PeriodSchema):
    """A time at which at least one interpreter fits, and how many do."""

    free = Whole(required=True)


class SlotsSchema(Schema):
    """The next free times, the earliest first; an empty list if no interpreter is free before `to`."""

    items = fields.List(fields.Nested(SlotSchema), required=True)
