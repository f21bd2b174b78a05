"""Bounds on the length of each field, checked before anything normalises, matches or loops over the value.

A field's own Length, or the maxLength of its documentation, gives the bound; a field without one has the usual bound. A value that
is longer gets only this error for its field.
"""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

USUAL_TEXT, USUAL_MEMBERS = 1000, 200
LOOSER = 4  # a typed value may be longer than its stored form: blanks, full width, dashes
MAX_FAULTS = 100


class Bound:
    """A `pre_load` function of a field: raises ValidationError where a text, list or object is longer than `most`."""

    def __init__(self, most: int, documented: int) -> None:
        self.most, self._documented = most, documented

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str | list | dict) and len(value) > self.most:
            raise ma.ValidationError(f"expected a length of at most {self._documented}")
        return value


def bound(members: Mapping[str, fields.Field[Any]]) -> None:
    """Adds a Bound to each of these fields and the fields nested in them; idempotent."""
    for member in members.values():
        _bind(member)


def _bind(field: fields.Field[Any]) -> None:
    if any(isinstance(step, Bound) for step in field.pre_load):
        return
    if isinstance(field, fields.Nested):
        if field.many:
            field.pre_load = [_bound_of(field), *field.pre_load]
        return  # the JSON reader bounds an object as a whole; the fields of its schema are bound here
    field.pre_load = [_bound_of(field), *field.pre_load]
    if isinstance(field, fields.List):
        _bind(field.inner)
    if isinstance(field, fields.Dict):
        for below in (field.key_field, field.value_field):
            if below is not None:
                _bind(below)


def _bound_of(field: fields.Field[Any]) -> Bound:
    many = isinstance(field, fields.List | fields.Dict | fields.Nested)
    documented = min(_lengths(field), default=USUAL_MEMBERS if many else USUAL_TEXT)
    return Bound(documented if many else documented * LOOSER, documented)


def _lengths(field: fields.Field[Any]) -> list[int]:
    own = (check for check in field.validators if isinstance(check, validate.Length))
    limits = [
        field.metadata.get("maxLength"),
        *(check.equal if check.equal is not None else check.max for check in own),
    ]
    return [most for most in limits if most is not None]
