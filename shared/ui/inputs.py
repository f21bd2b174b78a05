"""Fields of forms, whose values are all text: checkboxes, numbers, days as typed in Japan, times in the hospital's zone."""

import re
from datetime import datetime, time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import marshmallow as ma
from marshmallow import fields

from shared import calendar_bounds
from shared.digits import amount
from shared.eras import typed_day, typed_time
from shared.web.body import SchemaLike, query_shape
from shared.web.bounds import bound
from shared.web.fields import ConvertedText, Flag, Schema, calendar_day
from shared.web.state import current_request

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
MONTH_EXPECTED = "expected a month, such as 2027-02"
DAY_EXPECTED = "expected a day, such as 2026-11-23, 20261123 or R8.11.23"
TIME_EXPECTED = "expected a time, such as 09:30"


class PageQuery(Schema):
    """The base of filters in a query string: an empty value counts as not given."""

    @ma.pre_load
    def _without_empty(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data  # the fields will reject it
        return {name: value for name, value in data.items() if value != ""}


def query_of(schema: SchemaLike, address: str) -> dict[str, Any]:
    """Loads the query string of an address; values that the page would reject are left out."""
    shape = query_shape(schema)
    known = {member.data_key or name for name, member in shape.fields.items()}
    given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items() if name in known}
    wrong = shape.validate(given)
    right = {} if "_schema" in wrong else {name: value for name, value in given.items() if name not in wrong}
    loaded: dict[str, Any] = shape.load(right)
    return loaded


class Ticked(fields.Boolean):
    """A checkbox: true where it was sent, else false."""

    def __init__(self, **options: Any) -> None:
        super().__init__(load_default=False, truthy={"on", "true", "1"}, falsy={"off", "false", "0"}, **options)


class Day(fields.Field[str]):
    """A day typed in any Japanese or western form, loaded as the ISO date 2026-11-23."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:
        day = typed_day(value) if isinstance(value, str) else None
        if day is None:
            raise ma.ValidationError(DAY_EXPECTED)
        if not calendar_bounds.is_taken(day):
            raise ma.ValidationError(calendar_bounds.EXPECTED)
        return day.isoformat()


class Month(ConvertedText):
    """A month as 2026-11, within shared/calendar_bounds.py."""

    def convert(self, text: str) -> str:
        if not _MONTH.fullmatch(text):
            raise ma.ValidationError(MONTH_EXPECTED)
        calendar_day(f"{text}-01")
        return text


class TimeOfDay(fields.Field[str]):
    """A time typed in any usual way (9, 14, 9:00, 930, ９：３０, 午後2時半), loaded as 09:30."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:
        clock = typed_time(value) if isinstance(value, str) else None
        if clock is None:
            raise ma.ValidationError(TIME_EXPECTED)
        return clock


def at_hospital(day: str, clock: str, zone: ZoneInfo | None = None) -> datetime:
    """The moment of a day and a time (as `Day` and `TimeOfDay` load them) in the hospital's zone."""
    hour, minute = clock.split(":")
    moment = datetime.fromisoformat(day)
    return datetime.combine(
        moment, time(int(hour), int(minute)), zone or current_request().app_context.settings.time_zone
    )


def softened(schema: type[ma.Schema] | ma.Schema) -> ma.Schema:
    """A separate instance of the schema that accepts numbers as typed text, so that the API's instance stays strict."""
    made = schema() if isinstance(schema, type) else schema
    _soften(made)
    return made


def _soften(schema: ma.Schema) -> None:
    bound(schema.fields)
    for member in schema.fields.values():
        while isinstance(member, fields.List):
            member = member.inner
        if isinstance(member, Flag):
            raise TypeError(f"{member.name}: a form has no true and false; declare it Ticked")
        if isinstance(member, fields.Integer):
            member.strict = False
        if isinstance(member, fields.Integer | fields.Float):
            member.pre_load = [lambda value: amount(value) if isinstance(value, str) else value, *member.pre_load]
        if isinstance(member, fields.Nested):
            _soften(member.schema)


def lists_of(schema: ma.Schema) -> list[str]:
    """The names of the fields that may be sent several times."""
    return list(_lists(schema, ""))


def _lists(schema: ma.Schema, before: str) -> list[str]:
    found = []
    for name, member in schema.fields.items():
        if isinstance(member, fields.List) and not isinstance(member.inner, fields.Nested):
            found.append(before + name)
        elif isinstance(member, fields.Nested) and not member.many:
            found += _lists(member.schema, f"{before}{name}.")
    return found


def groups_of(schema: ma.Schema, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The required groups of fields: where one was left empty, its fields are reported missing, not the group."""
    found = []
    for name, member in schema.fields.items():
        if isinstance(member, fields.Nested) and not member.many and member.required:
            found += [(*before, name), *groups_of(member.schema, (*before, name))]
    return found
