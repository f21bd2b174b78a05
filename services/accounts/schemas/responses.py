"""Bodies of the API's responses. A password or a secret is shown once, with the new account it belongs to."""

from marshmallow import fields, validate

from services.accounts.rules.accounts import MOVES
from services.accounts.schemas.fields import DEPARTMENTS, LANGUAGE, ROLE
from shared.web.fields import Id, Moment, Schema, Whole


class TokenSchema(Schema):
    """A token that every service accepts for `expires_in` seconds."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
    expires_in = Whole(required=True)


class AccountSchema(Schema):
    """A person who signs in, without their credentials."""

    id = Id(attribute="_id", required=True)
    username = fields.String(required=True)
    roles = fields.List(ROLE, required=True)
    organization_id = Id(required=True, allow_none=True)
    departments = fields.List(fields.String(), required=True, metadata=DEPARTMENTS["metadata"])
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True, metadata={"format": "email"})
    language = fields.String(required=True, validate=LANGUAGE)
    status = fields.String(required=True, validate=validate.OneOf(tuple(MOVES)))
    status_reason = fields.String(allow_none=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class CreatedAccountSchema(AccountSchema):
    """The new account with its credentials, which are shown only in this response."""

    password = fields.String(required=True)
    totp_secret = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "base32, for an authenticator app; null if it is enrolled at the first sign-in"},
    )
    totp_uri = fields.String(
        required=True, allow_none=True, metadata={"description": "the same secret as an otpauth:// URI, for a QR code"}
    )


class DepartmentSchema(Schema):
    """A department, as staff and agencies see it."""

    code = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    listed = fields.Boolean(required=True)
    place = fields.String(required=True, allow_none=True)
    extension = fields.String(required=True, allow_none=True)


class JwkSchema(Schema):
    """A public key (RFC 8037)."""

    kty = fields.String(required=True)
    crv = fields.String(required=True)
    x = fields.String(required=True)
    kid = fields.String(required=True)
    alg = fields.String(required=True)
    use = fields.String(required=True)


class JwkSetSchema(Schema):
    """Public keys with which a token can be verified (RFC 7517)."""

    keys = fields.List(fields.Nested(JwkSchema), required=True)
