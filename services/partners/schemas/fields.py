"""Fields and nested objects that requests and responses have in common. Days are dates in the hospital's time zone."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.partners.rules import agreements as rules
from services.partners.rules.organizations import KINDS
from shared.web.fields import EmailAddress, Line, Schema, Whole, calendar_day, each_once

YEARS = ("fiscal", "calendar")
KINDS_FIELD = fields.List(fields.String(validate=validate.OneOf(KINDS)), validate=validate.Length(1, len(KINDS)))


def day(**options: Any) -> fields.String:
    """A calendar day."""
    described = {"format": "date"} | options.pop("metadata", {})
    return fields.String(validate=calendar_day, metadata=described, **options)


def code(known: tuple[str, ...], **options: Any) -> fields.String:
    """One of these codes."""
    return fields.String(validate=validate.OneOf(known), **options)


def set_of(item: fields.String, max_items: int, **options: Any) -> fields.List:
    """A list of different items."""
    return fields.List(item, validate=[validate.Length(max=max_items), each_once], **options)


def has_a_language(title: Mapping[str, Any]) -> None:
    """Raises ValidationError if the title is in no language."""
    if not title:
        raise ValidationError("expected a title in one language at least")


class ContactSchema(Schema):
    """A work contact; `language` is the language of notices to it."""

    name = Line(required=True)
    email = EmailAddress(allow_none=True)
    language = fields.String(validate=validate.OneOf(("ja", "en")))


class TitleSchema(Schema):
    """The title by language."""

    en = Line(300, metadata={"example": "Memorandum of understanding on clinical observation"})
    ja = Line(300)


class QuotaSchema(Schema):
    """How many people may come (`in`) or go (`out`) in a year, as the agreement counts years."""

    direction = code(rules.DIRECTIONS, required=True)
    year = Whole(required=True, validate=validate.Range(*rules.YEARS))
    people = Whole(required=True, validate=validate.Range(0, 100_000))


class SignatorySchema(Schema):
    """Who signed for one side; `signed_on` defaults to the agreement's."""

    side = code(rules.SIDES, required=True)
    name = Line(required=True)
    title = Line(required=True, metadata={"example": "Director"})
    signed_on = day()
