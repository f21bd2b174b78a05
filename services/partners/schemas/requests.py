"""Bodies and queries of requests."""

from marshmallow import fields, validate

from services.partners.rules import agreements as rules
from services.partners.rules.keys import SCOPES
from services.partners.rules.organizations import KINDS, MOVES
from services.partners.rules.webhooks import EVENTS
from services.partners.schemas.fields import (
    KINDS_FIELD,
    YEARS,
    ContactSchema,
    QuotaSchema,
    SignatorySchema,
    TitleSchema,
    code,
    day,
    has_a_language,
    set_of,
)
from shared.web.fields import ID, Flag, Line, Moment, Paged, Schema, Text, Whole, country
from shared.webhook_targets import MAX_LENGTH

MONTHS = validate.Range(1, 120)


class NewOrganizationSchema(Schema):
    """A new organization; it is prospective until it is activated."""

    name = Line(required=True, metadata={"example": "Bangkok Medical Travel"})
    kinds = fields.List(
        KINDS_FIELD.inner,
        validate=KINDS_FIELD.validate,
        load_default=lambda: ["referring_agency"],
        metadata={"example": ["hospital"]},
    )
    country = country(allow_none=True, load_default=None)
    contacts = fields.List(fields.Nested(ContactSchema), load_default=list, validate=validate.Length(max=50))


class OrganizationChangesSchema(Schema):
    """Fields of an organization that can be changed. A field that is not given stays as it is."""

    name = Line()
    kinds = KINDS_FIELD
    country = country(allow_none=True)
    contacts = fields.List(fields.Nested(ContactSchema), validate=validate.Length(max=50))


class ReasonSchema(Schema):
    """The reason, for staff; the organization does not see it."""

    reason = Text(500, required=True)


class OrganizationListQuery(Paged):
    """Filters of the list of organizations; `name` ignores case and character width."""

    status = fields.String(validate=validate.OneOf(tuple(MOVES)))
    kind = fields.String(validate=validate.OneOf(KINDS))
    name = Line()


class ActivityQuery(Schema):
    """By calendar year, or by fiscal year (from April)."""

    by = fields.String(load_default="fiscal", validate=validate.OneOf(YEARS))


class NewKeySchema(Schema):
    """A live key; by default with all scopes and without expiry."""

    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), validate=validate.Length(1, len(SCOPES)))
    expires_at = Moment(allow_none=True, metadata={"description": "RFC 3339, with an offset; null: it does not expire"})
    test = Flag(validate=validate.Equal(False, error="expected false: there is no sandbox yet"))


class NewEndpointSchema(Schema):
    """The address of an endpoint, and the events it receives."""

    url = Text(MAX_LENGTH, required=True, metadata={"example": "https://agency.example/imc"})
    events = fields.List(
        fields.String(validate=validate.OneOf(EVENTS)),
        required=True,
        validate=validate.Length(1, len(EVENTS)),
        metadata={"example": ["referral.scheduled", "visit.rescheduled"]},
    )


class AgreementChangesSchema(Schema):
    """Fields of an agreement that can be changed. A field that is not given stays as it is. After signing, kind, parties, term and start cannot be changed."""

    kind = code(rules.KINDS)
    parent_id = fields.String(
        allow_none=True,
        validate=ID,
        metadata={"description": "The agreement that this annex belongs to; for an annex only"},
    )
    title = fields.Nested(TitleSchema, validate=has_a_language)
    organization_ids = set_of(fields.String(validate=ID), 50)
    scopes = set_of(code(rules.SCOPES), len(rules.SCOPES))
    quota = fields.List(fields.Nested(QuotaSchema), validate=validate.Length(max=100))
    term = code(rules.TERMS)
    starts = day(metadata={"example": "2026-04-01"})
    ends = day(
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

    kind = code(rules.KINDS, required=True)
    title = fields.Nested(TitleSchema, required=True, validate=has_a_language)
    term = code(rules.TERMS, required=True)
    starts = day(required=True, metadata={"example": "2026-04-01"})


class SigningSchema(Schema):
    """The signatories, and the day of the last signature."""

    signatories = fields.List(fields.Nested(SignatorySchema), required=True, validate=validate.Length(1, 20))
    signed_on = day(required=True)


class TerminationSchema(Schema):
    """The first day it is no longer in force: at once if that is today or earlier."""

    on = day(required=True)
    reason = Text(500, required=True)


class NoticeOfEndSchema(Schema):
    """The day on which notice was given."""

    on = day(required=True)


class ScanForm(Schema):
    """No fields besides the file."""


class AgreementListQuery(Paged):
    """Filters of the list; `expiring_within_days` selects active agreements that end by then."""

    organization_id = fields.String(validate=ID)
    status = code(tuple(rules.MOVES))
    scope = code(rules.SCOPES)
    expiring_within_days = fields.Integer(validate=validate.Range(0, 3650))
