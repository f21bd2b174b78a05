"""Shapes of what comes in and goes out over HTTP. A key or a webhook secret goes out once; a hash or sealed secret never."""

from marshmallow import fields, validate

from services.partners.rules.keys import SCOPES, STATES
from services.partners.rules.organizations import KINDS, MOVES
from services.partners.rules.webhooks import EVENTS
from services.partners.rules.webhooks import MOVES as ENDPOINT_MOVES
from shared.web.fields import EmailAddress, Flag, Id, Line, Moment, Paged, Schema, Text, Whole, country
from shared.webhook_targets import MAX_LENGTH

_KINDS = fields.List(fields.String(validate=validate.OneOf(KINDS)), validate=validate.Length(1, len(KINDS)))


class ContactSchema(Schema):
    """A work contact; `language` is the language of notices to it."""

    name = Line(required=True)
    email = EmailAddress(allow_none=True)
    language = fields.String(validate=validate.OneOf(("ja", "en")))


class NewOrganizationSchema(Schema):
    """A new organization; it is prospective until it is activated."""

    name = Line(required=True, metadata={"example": "Bangkok Medical Travel"})
    kinds = fields.List(
        _KINDS.inner,
        validate=_KINDS.validate,
        load_default=lambda: ["referring_agency"],
        metadata={"example": ["hospital"]},
    )
    country = country(allow_none=True, load_default=None)
    contacts = fields.List(fields.Nested(ContactSchema), load_default=list, validate=validate.Length(max=50))


class OrganizationChangesSchema(Schema):
    """Fields of an organization that can be changed. A field that is not given stays as it is."""

    name = Line()
    kinds = _KINDS
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


class OwnOrganizationSchema(Schema):
    """An organization as its own people see it."""

    id = Id(attribute="_id", required=True)
    name = fields.String(required=True)
    kinds = fields.List(_KINDS.inner, required=True)
    country = fields.String(required=True, allow_none=True)
    contacts = fields.List(fields.Nested(ContactSchema), required=True)
    status = fields.String(required=True, validate=validate.OneOf(tuple(MOVES)))
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class OrganizationSchema(OwnOrganizationSchema):
    """An organization as staff see it."""

    status_reason = fields.String(required=True, allow_none=True)


class NewKeySchema(Schema):
    """A live key; by default with all scopes and without expiry."""

    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), validate=validate.Length(1, len(SCOPES)))
    expires_at = Moment(allow_none=True, metadata={"description": "RFC 3339, with an offset; null: it does not expire"})
    test = Flag(validate=validate.Equal(False, error="expected false: there is no sandbox yet"))


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


class NewEndpointSchema(Schema):
    """The address of an endpoint, and the events it receives."""

    url = Text(MAX_LENGTH, required=True, metadata={"example": "https://agency.example/imc"})
    events = fields.List(
        fields.String(validate=validate.OneOf(EVENTS)),
        required=True,
        validate=validate.Length(1, len(EVENTS)),
        metadata={"example": ["referral.scheduled", "visit.rescheduled"]},
    )


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
