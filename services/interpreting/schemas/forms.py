"""Forms of the interpreting pages: days and times are separate fields, hours are by weekday. The result has the API's shapes."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from marshmallow import fields, validate

from services.interpreting.rules import offers
from services.interpreting.rules.bookings import CANCEL_REASONS, RELEASE_REASONS
from services.interpreting.rules.matching import LEVELS
from services.interpreting.rules.periods import DAYS
from services.interpreting.rules.records import HoursEntry
from services.interpreting.schemas.fields import GENDER, MODALITY, NameSchema
from services.interpreting.schemas.requests import SlotQuery, SlotQueryFields
from shared.eras import END_OF_DAY, typed_time
from shared.ui.inputs import Day, Ticked, TimeOfDay
from shared.web.fields import ID, EmailAddress, Line, Moment, Schema, Text, Whole, calendar_day

MIN_SPANS = 2
"""Number of spans of hours that a page shows for a weekday, at least."""


class CandidatesForm(Schema):
    """Interpreters to send an offer to, or one to assign, in one form; `override` is for both."""

    interpreter_ids = fields.List(fields.String(validate=ID), load_default=list, validate=validate.Length(0, 50))
    interpreter_id = fields.String(load_default=None, validate=ID)
    expires_in_minutes = Whole(
        load_default=offers.DEFAULT_MINUTES, validate=validate.Range(offers.MIN_MINUTES, offers.MAX_MINUTES)
    )
    override = Text(500, load_default=None)


class QuickAssignForm(Schema):
    """The button of a row on the coordinator's page; `date` is the day shown below."""

    date = fields.String(load_default=None, validate=calendar_day)


class ReleaseForm(Schema):
    """Why the interpreter is released."""

    reason = fields.String(required=True, validate=validate.OneOf(RELEASE_REASONS))


class CancelForm(Schema):
    """Why no interpreter is needed."""

    reason = fields.String(required=True, validate=validate.OneOf(CANCEL_REASONS))


class LivePartQuery(Schema):
    """The version that the page around a live part shows."""

    seen = fields.Integer(load_default=None)


class CandidateQuery(Schema):
    """The name to search for."""

    name = Line(80, load_default=None)


class DayPageQuery(Schema):
    """The day to show; today by default."""

    date = fields.String(load_default=None, validate=calendar_day)


class RosterQuery(Schema):
    """Filters of the roster; `after` is the last entry of the previous page."""

    language = Line(35, load_default=None)
    state = fields.String(load_default="active", validate=validate.OneOf(("active", "inactive", "all")))
    after = fields.String(load_default=None, validate=ID)


class EndTime(TimeOfDay):
    """A time at which hours end; 24:00 is allowed."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:
        if isinstance(value, str) and typed_time(value, ends=True) == END_OF_DAY:
            return END_OF_DAY
        return super()._deserialize(value, *rest, **more)


class SlotPageQuery(SlotQuery):
    """The query of a page: not before the given day, and within the department's opening hours."""

    day = Day(load_default=None)
    opens = TimeOfDay(load_default=None)
    closes = EndTime(load_default=None)


class SlotPageFields(SlotQueryFields):
    """A loaded SlotPageQuery."""

    day: str | None


class SpanForm(Schema):
    """From and to on one weekday."""

    since = TimeOfDay(required=True, data_key="from")
    until = EndTime(required=True, data_key="to")


class HoursForm(Schema):
    """Weekly hours by weekday."""

    mon = fields.List(fields.Nested(SpanForm), load_default=list)
    tue = fields.List(fields.Nested(SpanForm), load_default=list)
    wed = fields.List(fields.Nested(SpanForm), load_default=list)
    thu = fields.List(fields.Nested(SpanForm), load_default=list)
    fri = fields.List(fields.Nested(SpanForm), load_default=list)
    sat = fields.List(fields.Nested(SpanForm), load_default=list)
    sun = fields.List(fields.Nested(SpanForm), load_default=list)


class AvailabilityForm(Schema):
    """Weekly hours; `confirmed` confirms a change that costs bookings."""

    hours = fields.Nested(HoursForm, load_default=dict)
    confirmed = Ticked()


class AbsenceForm(Schema):
    """From one day to another; whole days if no times are given."""

    first = Day(required=True)
    first_time = TimeOfDay(load_default=None)
    last = Day(load_default=None)
    last_time = EndTime(load_default=None)
    reason = Text(200, load_default=None)
    confirmed = Ticked()


class AbsenceRemovalForm(Schema):
    """The absence to remove, by its start."""

    since = Moment(required=True)


class LanguageRow(Schema):
    """A language and its level."""

    tag = Line(35, required=True)
    level = fields.String(required=True, validate=validate.OneOf(LEVELS))


class CertificateRow(Schema):
    """A certificate for a language."""

    language = Line(35, required=True)
    name = Line(required=True)
    expires_on = Day(load_default=None)


class InterpreterForm(Schema):
    """An entry of the roster as entered on the page; absences have a form of their own."""

    name = fields.Nested(NameSchema, required=True)
    gender = fields.String(required=True, validate=GENDER)
    languages = fields.List(fields.Nested(LanguageRow), load_default=list, validate=validate.Length(0, 40))
    modalities = fields.List(fields.String(validate=MODALITY), load_default=list)
    preferred = fields.String(load_default=None, validate=MODALITY)
    travel_buffer_minutes = Whole(load_default=0, validate=validate.Range(0, 480))
    daily_maximum = Whole(load_default=None, validate=validate.Range(1, 48))
    email = EmailAddress(load_default=None)
    account_id = fields.String(load_default=None, validate=ID)
    certifications = fields.List(fields.Nested(CertificateRow), load_default=list, validate=validate.Length(0, 50))
    hours = fields.Nested(HoursForm, load_default=dict)


class Span(TypedDict):
    """A loaded SpanForm."""

    since: str
    until: str


HoursByDay = Mapping[str, Sequence[Span]]
"""A loaded HoursForm."""


def weekly_hours(hours: HoursByDay) -> list[HoursEntry]:
    """Returns the hours as the roster stores them."""
    return [{"day": day, "since": span["since"], "until": span["until"]} for day in DAYS for span in hours.get(day, ())]


def hours_by_day(rows: list[HoursEntry]) -> dict[str, list[dict[str, str]]]:
    """Returns the inverse of `weekly_hours`: the values of the form's fields."""
    return {day: [{"from": row["since"], "to": row["until"]} for row in rows if row["day"] == day] for day in DAYS}


def hours_faults(hours: HoursByDay) -> list[tuple[str, str]]:
    """Returns the fields of spans that end before they start, with the message."""
    return [
        (f"#/hours/{day}/{place}/to", "expected a time after the first")
        for day in DAYS
        for place, span in enumerate(hours.get(day, ()))
        if span["since"] >= span["until"]
    ]
