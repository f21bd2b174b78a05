"""Shapes of what the pages' forms bring. Not here: the API's (schemas.py)."""

from functools import partial

from marshmallow import fields, validate

from services.accounts.rules.people import LANGUAGES
from shared.ui.reader import LOOKS
from shared.web.fields import Schema, Text

_NEXT = fields.String(load_default="", validate=validate.Length(max=2000))
_LONGEST_CODE = 32
_code = partial(Text, _LONGEST_CODE, required=True)
_OFFERED = fields.String(required=True, validate=validate.Length(max=400))


class NextQuery(Schema):
    """Where somebody wants to go afterwards; whatever else stands in the address is not looked at."""

    class Meta:
        unknown = "exclude"

    next = _NEXT


class SignInForm(Schema):
    """One form for everything: the code is the device's or a recovery code; at the very first sign-in there is none."""

    username = Text(200, required=True)
    password = Text(1024, required=True)
    one_time_code = Text(_LONGEST_CODE, load_default="")
    next = _NEXT


class EnrolForm(Schema):
    """`enrolment` and `offered` are sealed: whose first sign-in it is, and the secret that the page showed as a QR code."""

    enrolment = fields.String(required=True, validate=validate.Length(max=600))
    offered = _OFFERED
    new_code = _code()
    next = _NEXT


class RenewForm(Schema):
    """For how many seconds nobody was at the keyboard."""

    idle = fields.Float(load_default=0.0)


class LanguageForm(Schema):
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    next = _NEXT


class LookForm(Schema):
    look = fields.String(required=True, validate=validate.OneOf(LOOKS))
    next = _NEXT


class PasswordForm(Schema):
    current_password = Text(1024, required=True)
    one_time_code = _code()
    new_password = Text(1024, required=True)


class DeviceForm(Schema):
    """`offered` is the sealed secret that the page showed as a QR code."""

    offered = _OFFERED
    current_password = Text(1024, required=True)
    one_time_code = _code()
    new_code = _code()


class ProofForm(Schema):
    current_password = Text(1024, required=True)
    one_time_code = _code()
