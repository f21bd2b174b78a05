"""Forms and queries of the pages. Not here: the API's (requests.py)."""

from functools import partial

from marshmallow import fields, validate

from services.accounts.rules.accounts import LANGUAGES
from shared.operations.console import STATES
from shared.settings import SERVICES
from shared.ui.reader import LOOKS
from shared.web.fields import Line, Schema, Text

_NEXT = fields.String(load_default="", validate=validate.Length(max=2000))
_MAX_CODE_LENGTH = 32
_code = partial(Text, _MAX_CODE_LENGTH, required=True)
_SEALED_SECRET = fields.String(required=True, validate=validate.Length(max=400))


class NextQuery(Schema):
    """The path to go to afterwards; other parameters of the address are ignored."""

    class Meta:
        unknown = "exclude"

    next = _NEXT


class CallbackQuery(Schema):
    """The parameters that the provider adds; other ones are ignored."""

    class Meta:
        unknown = "exclude"

    state = fields.String(load_default="", validate=validate.Length(max=200))
    code = fields.String(load_default="", validate=validate.Length(max=4000))


class SignInForm(Schema):
    """The code is a one-time code or a recovery code; at the first sign-in there is none yet."""

    username = Text(200, required=True)
    password = Text(1024, required=True)
    one_time_code = Text(_MAX_CODE_LENGTH, load_default="")
    next = _NEXT


class EnrolForm(Schema):
    """`enrolment` and `sealed_secret` are encrypted: the account, and the secret that the page showed as a QR code."""

    enrolment = fields.String(required=True, validate=validate.Length(max=600))
    sealed_secret = _SEALED_SECRET
    new_code = _code()
    next = _NEXT


class RenewForm(Schema):
    """The number of seconds without activity at the keyboard."""

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
    """`sealed_secret` is the encrypted secret that the page showed as a QR code."""

    sealed_secret = _SEALED_SECRET
    current_password = Text(1024, required=True)
    one_time_code = _code()
    new_code = _code()


class ProofForm(Schema):
    current_password = Text(1024, required=True)
    one_time_code = _code()


class FailedEventsFilter(Schema):
    """The service, state, cause and type of failed events (an empty type: not known)."""

    service = fields.String(required=True, validate=validate.OneOf(SERVICES))
    state = fields.String(validate=validate.OneOf(tuple(STATES)), load_default="dead_lettered")
    cause = fields.String(validate=validate.Length(1, 120), load_default=None)
    type = fields.String(validate=validate.Length(0, 120), load_default=None)


class TraceFilter(Schema):
    """A case by its reference or id, or an event by its id."""

    case = fields.String(validate=validate.Length(0, 255), load_default="")
    event = fields.String(validate=validate.Length(0, 255), load_default="")


class PersonFilter(Schema):
    """The account whose name is requested."""

    id = Line(60, required=True)
