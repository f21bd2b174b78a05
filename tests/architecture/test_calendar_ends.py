"""Every field of every request that takes a day, a moment, a month or a year takes none near an end of the calendar.

Found by what fields do, not by their classes: a field is one of days if it takes a usual day in some writing and no ordinary word.
What no door takes, no page, feed, paper, timer or export meets later.
"""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask
from marshmallow import fields

from shared import calendar_bounds
from shared.clock import parse_rfc3339
from shared.ui.inputs import softened
from shared.web.body import instance
from shared.web.fields import worded

DAY = date(2026, 11, 24)
USUAL = (
    "2026-11-24",
    "20261124",
    "2026/11/24",
    "2026-11",
    "2026",
    "2026-11-24T09:00:00+09:00",
    "2026-11-24T09:00:00Z",
    "令和8年11月24日",
)
OTHERS = ("morning", "A-7", "cardiology", "x", "0", "7", "12", "100000", "09:30", "03-1234-5678")
ENDS = ("0001-01-01", "0001-01-02", "0001-12-31", "0999-12-31", "1000-01-01", "1582-10-10", "1849-12-31", "2200-01-01", "3000-01-01", "9999-12-29", "9999-12-30", "9999-12-31")  # fmt: skip
NO_DAYS = (
    "0000-01-01",
    "2026-02-29",
    "2100-02-29",
    "2026-13-01",
    "10000-01-01",
    "-0001-01-01",
    "2026-00-10",
    "2026-11-31",
)
ERAS = ("R99.1.1", "令和99年1月1日", "明治1年1月1日", "R0.1.1", "H40.2.30", "S99.12.31")
CLOCKS = (
    "T00:00:00Z",
    "T00:00:00+14:00",
    "T23:59:59-14:00",
    "T23:59:60Z",
    "T24:00:00Z",
    "T24:00:00-14:00",
    "T23:59:59.999999-12:00",
)
YEARS = ("0000", "0001", "1000", "3000", "9999", "10000")


def _writings() -> Iterator[str]:
    for day in (*ENDS, *NO_DAYS):
        yield from (day, day.replace("-", ""), day.replace("-", "/"), day[:7])
        yield "{}年{}月{}日".format(*day.removeprefix("-").split("-"))
        yield from (day + clock for clock in CLOCKS)
    yield from (DAY.isoformat() + clock for clock in CLOCKS)
    yield from (*ERAS, *YEARS, *(f"{month[:4]}-12" for month in YEARS))


WRITINGS = tuple(dict.fromkeys(_writings()))


def shapes_of(app: Flask) -> Iterator[tuple[str, ma.Schema]]:
    """Schemas of everything that comes in, by the rule it comes in at."""
    for rule in app.url_map.iter_rules():
        view: Any = app.view_functions[rule.endpoint]
        layers = [view, getattr(view, "view_class", None)]
        while (view := getattr(view, "__wrapped__", None)) is not None:
            layers.append(view)
        for layer in layers:
            plan, form = getattr(layer, "plan", None), getattr(layer, "form_plan", None)
            for schema in (plan.query, plan.body) if plan else ():
                if schema is not None:
                    yield rule.rule, instance(schema)
            if form and form.schema is not None:
                yield rule.rule, softened(form.schema)


def _leaves(schema: ma.Schema, path: str = "") -> Iterator[tuple[str, fields.Field[Any]]]:
    for name, member in schema.fields.items():
        at = f"{path}/{member.data_key or name}"
        while isinstance(member, fields.List):
            member = member.inner
        if isinstance(member, fields.Nested):
            yield from _leaves(member.schema, at)
        elif not member.dump_only:
            yield at, member


def _loaded(member: fields.Field[Any], text: str) -> Any:
    """What the field makes of a text; a ValidationError where it refuses it. Anything else that is raised is a 500."""
    return member.deserialize(text)


def _takes(member: fields.Field[Any], text: str) -> bool:
    try:
        return _loaded(member, text) not in (None, "")
    except ma.ValidationError:
        return False


def is_of_days(member: fields.Field[Any]) -> bool:
    """Whether a field takes days and nothing else; a count, a size, a time of day, a phone takes numbers that are no days."""
    return any(_takes(member, text) for text in USUAL) and not any(_takes(member, text) for text in OTHERS)


def days_of(app: Flask) -> dict[str, fields.Field[Any]]:
    """Fields of days, by rule and pointer."""
    found = ((f"{rule} #{at}", member) for rule, schema in shapes_of(app) for at, member in _leaves(schema))
    return {at: member for at, member in found if is_of_days(member)}


def _lies_within(value: Any) -> bool:
    if isinstance(value, datetime):
        return calendar_bounds.moment_is_taken(value.astimezone(UTC))
    if isinstance(value, date):
        return calendar_bounds.is_taken(value)
    year = value if isinstance(value, int) else int(str(value)[:4])
    return calendar_bounds.FIRST_DAY.year <= year <= calendar_bounds.LAST_DAY.year


def test_no_field_of_days_takes_one_at_an_end_of_the_calendar(app: Flask) -> None:
    wrong = []
    for (at, member), text in itertools.product(days_of(app).items(), WRITINGS):
        try:
            value = _loaded(member, text)
        except ma.ValidationError as error:
            if not all("expected" in worded(message) for message in error.messages):
                wrong.append(f"{at}: {text}: {error}")
            continue
        except Exception as error:
            wrong.append(f"{at}: {text}: {error!r}")
            continue
        if not _lies_within(value):
            wrong.append(f"{at}: {text}: taken as {value!r}")
    assert wrong == []


LEAST = {"intake": 20, "interpreting": 12, "training": 30, "partners": 6, "notify": 0, "accounts": 0}


def test_the_fields_of_days_are_found(app: Flask) -> None:
    assert len(days_of(app)) >= LEAST[app.config["SERVICE"]]


def test_every_field_documented_as_a_day_is_one(app: Flask) -> None:
    known = days_of(app)
    for rule, schema in shapes_of(app):
        for at, member in _leaves(schema):
            documented = member.metadata.get("format") in ("date", "date-time") or isinstance(
                member, fields.Date | fields.DateTime
            )
            assert not documented or f"{rule} #{at}" in known


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-14:00", "2026-11-24T09:00:00", "2026-02-29T09:00:00Z"],
)  # fmt: skip
def test_a_moment_outside_the_calendar_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|out of range|day"):
        parse_rfc3339(text)
