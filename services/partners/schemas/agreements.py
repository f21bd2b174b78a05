"""Shapes of agreements. Days are dates in the hospital's zone, both ends of a term included."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.partners.rules import agreements as rules
from shared.web.fields import ID, Id, Line, Moment, Paged, Schema, Text, Whole, calendar_day, each_once

MONTHS = validate.Range(1, 120)


def _day(**options: Any) -> fields.String:
    described = {"format": "date"} | options.pop("metadata", {})
    return fields.String(validate=calendar_day, metadata=described, **options)


def _code(known: tuple[str, ...], **options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(known), **options)


def _set_of(one: fields.String, most: int, **options: Any) -> fields.List:
    return fields.List(one, validate=[validate.Length(max=most), each_once], **options)


def _in_some_language(title: Mapping[str, Any]) -> None:
    if not title:
        raise ValidationError("expected a title in one language at least")


class TitleSchema(Schema):
    """The title by language."""

    en = Line(300, metadata={"example": "Memorandum of understanding on clinical observation"})
    ja = Line(300)


class QuotaSchema(Schema):
    """How many people may come (`in`) or go (`out`) in a year, as the agreement counts years."""

    direction = _code(rules.DIRECTIONS, required=True)
    year = Whole(required=True, validate=validate.Range(*rules.YEARS))
    people = Whole(required=True, validate=validate.Range(0, 100_000))


class AgreementChangesSchema(Schema):
    """Fields of an agreement that can be changed. A field that is not given stays as it is. After signing, kind, parties, term and start cannot be changed."""

    kind = _code(rules.KINDS)
    parent_id = fields.String(
        allow_none=True,
        validate=ID,
        metadata={"description": "The agreement that this annex belongs to; for an annex only"},
    )
    title = fields.Nested(TitleSchema, validate=_in_some_language)
    organization_ids = _set_of(fields.String(validate=ID), 50)
    scopes = _set_of(_code(rules.SCOPES), len(rules.SCOPES))
    quota = fields.List(fields.Nested(QuotaSchema), validate=validate.Length(max=100))
    term = _code(rules.TERMS)
    starts = _day(metadata={"example": "2026-04-01"})
    ends = _day(
        allow_none=True,
        metadata={"example": "2029-03-31", "description": "The last day; null for an open-ended agreement"},
    )
    renews_months = Whole(
        allow_none=True,
        validate=MONTHS,
        metadata={"description": "Months of each renewal; for a self-renewing agreement only"},
    )
    notice_months = Whole(
        allow_none=True, validate=MONTHS, metadata={"description": "Months of notice before the end, by its clause"}
    )
    owner = Line(
        200,
        metadata={
            "description": "Account id or user name of the owner, who receives the notices; by default the account that drafts it"
        },
    )


class NewAgreementSchema(AgreementChangesSchema):
    """A new agreement; it is a draft until it is submitted."""

    kind = _code(rules.KINDS, required=True)
    title = fields.Nested(TitleSchema, required=True, validate=_in_some_language)
    term = _code(rules.TERMS, required=True)
    starts = _day(required=True, metadata={"example": "2026-04-01"})


class SignatorySchema(Schema):
    """Who signed for one side; `signed_on` defaults to the agreement's."""

    side = _code(rules.SIDES, required=True)
    name = Line(required=True)
    title = Line(required=True, metadata={"example": "Director"})
    signed_on = _day()


class SigningSchema(Schema):
    """The signatories, and the day of the last signature."""

    signatories = fields.List(fields.Nested(SignatorySchema), required=True, validate=validate.Length(1, 20))
    signed_on = _day(required=True)


class TerminationSchema(Schema):
    """The first day it is no longer in force: at once if that is today or earlier."""

    on = _day(required=True)
    reason = Text(500, required=True)


class NoticeOfEndSchema(Schema):
    """The day on which notice was given."""

    on = _day(required=True)


class ScanForm(Schema):
    """No fields besides the file."""


class ScanSchema(Schema):
    """The scan of the signed paper."""

    name = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True, metadata={"description": "SHA-256 of the file, hexadecimal"})
    at = Moment(required=True)


class AgreementSchema(Schema):
    """An agreement. `in_force` and `days_left` (until `ends`) are computed for today."""

    id = Id(attribute="_id", required=True)
    reference = fields.String(required=True, metadata={"example": "A-26-00001-H"})
    kind = _code(rules.KINDS, required=True)
    parent_id = Id(required=True, allow_none=True)
    title = fields.Nested(TitleSchema, required=True)
    organization_ids = fields.List(Id(), required=True)
    scopes = fields.List(_code(rules.SCOPES), required=True)
    quota = fields.List(fields.Nested(QuotaSchema), required=True)
    status = _code(tuple(rules.MOVES), required=True)
    status_reason = fields.String(required=True, allow_none=True)
    term = _code(rules.TERMS, required=True)
    starts = _day(required=True)
    ends = _day(required=True, allow_none=True)
    renews_months = fields.Integer(required=True, allow_none=True)
    notice_months = fields.Integer(required=True, allow_none=True)
    notice_on = _day(required=True, allow_none=True, metadata={"description": "The last day to give notice"})
    notice_given_on = _day(required=True, allow_none=True)
    terminates_on = _day(
        required=True, allow_none=True, metadata={"description": "The first day it is no longer in force"}
    )
    termination_reason = fields.String(required=True, allow_none=True)
    in_force = fields.Boolean(required=True)
    days_left = fields.Integer(required=True, allow_none=True)
    signatories = fields.List(fields.Nested(SignatorySchema), required=True)
    signed_on = _day(required=True, allow_none=True)
    scan = fields.Nested(ScanSchema, required=True, allow_none=True)
    owner = fields.String(required=True, metadata={"description": "Account id of the owner"})
    renews = Id(required=True, allow_none=True, metadata={"description": "The agreement it renews"})
    renewed_by = Id(required=True, allow_none=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class AgreementListQuery(Paged):
    """Filters of the list; `expiring_within_days` selects active agreements that end by then."""

    organization_id = fields.String(validate=ID)
    status = _code(tuple(rules.MOVES))
    scope = _code(rules.SCOPES)
    expiring_within_days = fields.Integer(validate=validate.Range(0, 3650))
