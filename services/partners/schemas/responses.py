"""Bodies of responses. A key or a webhook secret is shown once; its hash or encrypted form never."""

from marshmallow import fields, validate

from services.partners.rules import agreements as rules
from services.partners.rules.keys import SCOPES, STATES
from services.partners.rules.organizations import MOVES
from services.partners.rules.webhooks import EVENTS
from services.partners.rules.webhooks import MOVES as ENDPOINT_MOVES
from services.partners.schemas.fields import (
    KINDS_FIELD,
    YEARS,
    ContactSchema,
    QuotaSchema,
    SignatorySchema,
    TitleSchema,
    code,
    day,
)
from shared.web.fields import Id, Moment, Schema, Whole


class OwnOrganizationSchema(Schema):
    """An organization as its own people see it."""

    id = Id(attribute="_id", required=True)
    name = fields.String(required=True)
    kinds = fields.List(KINDS_FIELD.inner, required=True)
    country = fields.String(required=True, allow_none=True)
    contacts = fields.List(fields.Nested(ContactSchema), required=True)
    status = fields.String(required=True, validate=validate.OneOf(tuple(MOVES)))
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class OrganizationSchema(OwnOrganizationSchema):
    """An organization as staff see it."""

    status_reason = fields.String(required=True, allow_none=True)


class KeySchema(Schema):
    """A key without its secret part. `pending`: revoked here, but not yet received by the other services."""

    key_id = Id(required=True)
    shown = fields.String(required=True, metadata={"example": "imc_live_…x7Qa"})
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATES))
    created_at = Moment(required=True)
    expires_at = Moment(required=True, allow_none=True)
    revoked_at = Moment(required=True, allow_none=True)
    replaces = Id(required=True, allow_none=True, metadata={"description": "The key that this key replaces"})


class IssuedKeySchema(KeySchema):
    """The new key in clear; shown only in this answer."""

    key = fields.String(required=True, metadata={"example": "imc_live_…", "description": "Shown only in this answer"})


class EndpointSchema(Schema):
    """A webhook endpoint, without its secrets. `signatures`: two while a secret is being rotated."""

    id = Id(required=True)
    url = fields.String(required=True, metadata={"format": "uri"})
    events = fields.List(fields.String(validate=validate.OneOf(EVENTS)), required=True)
    status = fields.String(required=True, validate=validate.OneOf(tuple(ENDPOINT_MOVES)))
    signatures = Whole(required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class NewEndpointAnswerSchema(EndpointSchema):
    """The endpoint with its signing secret; shown only in this answer (Standard Webhooks)."""

    secret = fields.String(required=True, metadata={"example": "whsec_…"})


class SideSchema(Schema):
    """People whose stay has started, days they attended (once the stay is over), and people with a place who are still to come."""

    people = Whole(required=True)
    days = Whole(required=True)
    to_come = Whole(required=True)


class BalanceSchema(Schema):
    """Sent minus received."""

    people = Whole(required=True)
    days = Whole(required=True)


class ActivityTotalSchema(Schema):
    """Incoming and outgoing trainees."""

    incoming = fields.Nested(SideSchema, required=True, data_key="in", attribute="in")
    outgoing = fields.Nested(SideSchema, required=True, data_key="out", attribute="out")
    balance = fields.Nested(BalanceSchema, required=True)


class ActivityRowSchema(ActivityTotalSchema):
    """One year under one agreement; null: without an agreement."""

    year = Whole(required=True)
    agreement_id = Id(required=True, allow_none=True)


class ActivitySchema(Schema):
    """Counted from training's events; a stay counts in the year of its first day."""

    organization_id = Id(required=True)
    by = fields.String(required=True, validate=validate.OneOf(YEARS))
    items = fields.List(fields.Nested(ActivityRowSchema), required=True)
    total = fields.Nested(ActivityTotalSchema, required=True)


class ScanSchema(Schema):
    """The scan of the signed document."""

    name = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True, metadata={"description": "SHA-256 of the file, hexadecimal"})
    at = Moment(required=True)


class AgreementSchema(Schema):
    """An agreement. `in_force` and `days_left` (until `ends`) are computed for today."""

    id = Id(attribute="_id", required=True)
    reference = fields.String(required=True, metadata={"example": "A-26-00001-H"})
    kind = code(rules.KINDS, required=True)
    parent_id = Id(required=True, allow_none=True)
    title = fields.Nested(TitleSchema, required=True)
    organization_ids = fields.List(Id(), required=True)
    scopes = fields.List(code(rules.SCOPES), required=True)
    quota = fields.List(fields.Nested(QuotaSchema), required=True)
    status = code(tuple(rules.MOVES), required=True)
    status_reason = fields.String(required=True, allow_none=True)
    term = code(rules.TERMS, required=True)
    starts = day(required=True)
    ends = day(required=True, allow_none=True)
    renews_months = fields.Integer(required=True, allow_none=True)
    notice_months = fields.Integer(required=True, allow_none=True)
    notice_on = day(required=True, allow_none=True, metadata={"description": "The last day to give notice"})
    notice_given_on = day(required=True, allow_none=True)
    terminates_on = day(
        required=True, allow_none=True, metadata={"description": "The first day it is no longer in force"}
    )
    termination_reason = fields.String(required=True, allow_none=True)
    in_force = fields.Boolean(required=True)
    days_left = fields.Integer(required=True, allow_none=True)
    signatories = fields.List(fields.Nested(SignatorySchema), required=True)
    signed_on = day(required=True, allow_none=True)
    scan = fields.Nested(ScanSchema, required=True, allow_none=True)
    owner = fields.String(required=True, metadata={"description": "Account id of the owner"})
    renews = Id(required=True, allow_none=True, metadata={"description": "The agreement it renews"})
    renewed_by = Id(required=True, allow_none=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)
