"""Shapes of what comes in and goes out over HTTP. A password or a secret goes out once, with the account it was made for."""

from typing import Any

from marshmallow import fields, validate

from services.accounts.rules.departments import CODE
from services.accounts.rules.people import LANGUAGES, MOST_DEPARTMENTS, MOVES, ROLES
from shared.web.fields import ID, EmailAddress, Flag, Id, Line, Moment, Paged, Schema, Text, Whole

AT_FIRST_SIGN_IN, NOW = "at_first_sign_in", "now"
_ROLE = fields.String(validate=validate.OneOf(ROLES))
_LANGUAGE = validate.OneOf(LANGUAGES)
_DEPARTMENT = fields.String(validate=validate.Regexp(CODE + r"\Z", error="expected a-z and _, 2 to 40"))
_DEPARTMENTS: dict[str, Any] = {
    "validate": validate.Length(max=MOST_DEPARTMENTS),
    "metadata": {
        "description": "codes of the departments the person works in; the roles department and reviewer are limited to them",
        "example": ["cardiology"],
    },
}


class SignInSchema(Schema):
    """What a person signs in with; the code is the six digits an authenticator app shows, or a recovery code."""

    username = Line(required=True, metadata={"example": "y.tanaka"})
    password = Text(1024, required=True)
    one_time_code = Text(32, required=True, metadata={"example": "123456"})


class TokenSchema(Schema):
    """A token good for `expires_in` seconds at every service."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
    expires_in = Whole(required=True)


class NewAccountSchema(Schema):
    """A person to be; without `password` a good one is made and shown once."""

    username = Line(required=True)
    roles = fields.List(_ROLE, required=True, validate=validate.Length(1, len(ROLES)))
    organization_id = fields.String(validate=ID, load_default=None, allow_none=True)
    departments = fields.List(_DEPARTMENT, load_default=list, **_DEPARTMENTS)
    name = Line(allow_none=True)
    email = EmailAddress(allow_none=True)
    language = fields.String(validate=_LANGUAGE)
    password = Text(1024)
    second_factor = fields.String(
        load_default=AT_FIRST_SIGN_IN,
        validate=validate.OneOf((AT_FIRST_SIGN_IN, NOW)),
        metadata={
            "description": "when it is enrolled: by the person at the first sign-in, by QR code; or now, for a program"
        },
    )


class AccountChangesSchema(Schema):
    """What may be changed of an account; what is not named stays."""

    roles = fields.List(_ROLE, validate=validate.Length(1, len(ROLES)))
    organization_id = fields.String(validate=ID, allow_none=True)
    departments = fields.List(_DEPARTMENT, **_DEPARTMENTS)
    name = Line(allow_none=True)
    email = EmailAddress(allow_none=True)
    language = fields.String(validate=_LANGUAGE)


class ReasonSchema(Schema):
    """Why, for those who ask later."""

    reason = Text(500, required=True)


class NewPasswordSchema(Schema):
    """A password of one's own choice, vouched for by the present one and a fresh code."""

    current_password = Text(1024, required=True)
    one_time_code = Text(32, required=True)
    new_password = Text(1024, required=True)


class AccountSchema(Schema):
    """A person who signs in, without anything they sign in with."""

    id = Id(attribute="_id", required=True)
    username = fields.String(required=True)
    roles = fields.List(_ROLE, required=True)
    organization_id = Id(required=True, allow_none=True)
    departments = fields.List(fields.String(), required=True, metadata=_DEPARTMENTS["metadata"])
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True, metadata={"format": "email"})
    language = fields.String(required=True, validate=_LANGUAGE)
    status = fields.String(required=True, validate=validate.OneOf(tuple(MOVES)))
    status_reason = fields.String(allow_none=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class MadeAccountSchema(AccountSchema):
    """The new account with what its person is told once."""

    password = fields.String(required=True)
    totp_secret = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "base32, for an authenticator app; null if it is enrolled at the first sign-in"},
    )
    totp_uri = fields.String(
        required=True, allow_none=True, metadata={"description": "the same secret as an otpauth:// URI, for a QR code"}
    )


class AccountListQuery(Paged):
    """Narrows the list of accounts."""

    role = fields.String(validate=validate.OneOf(ROLES))
    status = fields.String(validate=validate.OneOf(tuple(MOVES)))


_NAMES = fields.Dict(
    keys=fields.String(
        validate=validate.Regexp(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}\Z", error="expected a BCP 47 tag")
    ),
    values=Line(),
    validate=validate.Length(1, 30),
    metadata={"description": "names by BCP 47 tag", "example": {"ja": "循環器内科", "en": "Cardiology"}},
)


class DepartmentChangesSchema(Schema):
    """What may be changed of a department; `listed` false: it takes no visits any more."""

    names = _NAMES
    place = Line(allow_none=True)
    extension = Line(20, allow_none=True)
    listed = Flag()


class NewDepartmentSchema(Schema):
    """A department to be."""

    code = fields.String(required=True, validate=validate.Regexp(CODE + r"\Z", error="expected a-z and _, 2 to 40"))
    names = fields.Dict(
        keys=_NAMES.key_field,
        values=_NAMES.value_field,
        required=True,
        validate=_NAMES.validate,
        metadata=_NAMES.metadata,
    )
    place = Line(allow_none=True)
    extension = Line(20, allow_none=True)
    listed = Flag()


class DepartmentSchema(Schema):
    """A department as everybody may know it."""

    code = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    listed = fields.Boolean(required=True)
    place = fields.String(required=True, allow_none=True)
    extension = fields.String(required=True, allow_none=True)


class DepartmentListQuery(Paged):
    """Narrows the list of departments."""

    listed = fields.Boolean(truthy={"true"}, falsy={"false"})


class JwkSchema(Schema):
    """A public key (RFC 8037)."""

    kty = fields.String(required=True)
    crv = fields.String(required=True)
    x = fields.String(required=True)
    kid = fields.String(required=True)
    alg = fields.String(required=True)
    use = fields.String(required=True)


class JwkSetSchema(Schema):
    """Public keys by which anybody checks a token (RFC 7517)."""

    keys = fields.List(fields.Nested(JwkSchema), required=True)
