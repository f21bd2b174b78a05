"""Bodies and queries of the API's requests."""

from marshmallow import fields, validate

from services.accounts.rules.accounts import MOVES, ROLES
from services.accounts.rules.departments import CODE
from services.accounts.schemas.fields import DEPARTMENT, DEPARTMENTS, LANGUAGE, NAMES, ROLE
from shared.web.fields import ID, EmailAddress, Flag, Line, Paged, Schema, Text

AT_FIRST_SIGN_IN, NOW = "at_first_sign_in", "now"


class SignInSchema(Schema):
    """Credentials for a token; the code is the six digits of an authenticator app, or a recovery code."""

    username = Line(required=True, metadata={"example": "y.tanaka"})
    password = Text(1024, required=True)
    one_time_code = Text(32, required=True, metadata={"example": "123456"})


class NewAccountSchema(Schema):
    """A new account; if `password` is not given, a random one is generated and shown once."""

    username = Line(required=True)
    roles = fields.List(ROLE, required=True, validate=validate.Length(1, len(ROLES)))
    organization_id = fields.String(validate=ID, load_default=None, allow_none=True)
    departments = fields.List(DEPARTMENT, load_default=list, **DEPARTMENTS)
    name = Line(allow_none=True)
    email = EmailAddress(allow_none=True)
    language = fields.String(validate=LANGUAGE)
    password = Text(1024)
    second_factor = fields.String(
        load_default=AT_FIRST_SIGN_IN,
        validate=validate.OneOf((AT_FIRST_SIGN_IN, NOW)),
        metadata={
            "description": "when it is enrolled: by the person at the first sign-in, by QR code; or now, for a program"
        },
    )


class AccountChangesSchema(Schema):
    """Fields of an account that can be changed. A field that is not given stays as it is."""

    roles = fields.List(ROLE, validate=validate.Length(1, len(ROLES)))
    organization_id = fields.String(validate=ID, allow_none=True)
    departments = fields.List(DEPARTMENT, **DEPARTMENTS)
    name = Line(allow_none=True)
    email = EmailAddress(allow_none=True)
    language = fields.String(validate=LANGUAGE)


class ReasonSchema(Schema):
    """The reason, for the record."""

    reason = Text(500, required=True)


class NewPasswordSchema(Schema):
    """A new password, confirmed by the current one and an unused code."""

    current_password = Text(1024, required=True)
    one_time_code = Text(32, required=True)
    new_password = Text(1024, required=True)


class AccountListQuery(Paged):
    """Filters of the list of accounts."""

    role = fields.String(validate=validate.OneOf(ROLES))
    status = fields.String(validate=validate.OneOf(tuple(MOVES)))


class DepartmentChangesSchema(Schema):
    """Fields of a department that can be changed; `listed` is false if it takes no more visits."""

    names = NAMES
    place = Line(allow_none=True)
    extension = Line(20, allow_none=True)
    listed = Flag()


class NewDepartmentSchema(Schema):
    """A new department."""

    code = fields.String(required=True, validate=validate.Regexp(CODE + r"\Z", error="expected a-z and _, 2 to 40"))
    names = fields.Dict(
        keys=NAMES.key_field,
        values=NAMES.value_field,
        required=True,
        validate=NAMES.validate,
        metadata=NAMES.metadata,
    )
    place = Line(allow_none=True)
    extension = Line(20, allow_none=True)
    listed = Flag()


class DepartmentListQuery(Paged):
    """Filters of the list of departments."""

    listed = fields.Boolean(truthy={"true"}, falsy={"false"})
