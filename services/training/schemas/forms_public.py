"""What applicants and the public type: an application step by step, papers, answers, a certificate's code. Nothing typed is nothing kept."""

from typing import Any

from marshmallow import fields, post_load, pre_load, validate

from services.training.rules import programmes
from services.training.rules.codes import PROFESSIONS, SCHEMES, SEXES, WITHDRAW_REASONS
from services.training.schemas.parts import (
    DEPARTMENT,
    LANGUAGES,
    Number,
    Phone,
    issuer,
    nationality,
    one_of,
)
from shared.ui.inputs import Asked, Day
from shared.web.fields import ID, EmailAddress, Line, Schema, Text, Whole, country

MOST_ROTATIONS = 12
MOST_DOSES = 10
QUESTIONS = ("guidance", "content", "preparation", "surroundings", "overall")
"""What a trainee scores of a programme, from 1 to 5."""


class CatalogueFilter(Asked):
    """Which programmes are shown."""

    department = Line(40, load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf(programmes.KINDS))
    language = Line(35, load_default=None)


class StepFilter(Asked):
    """Which step of an application is shown; the first with something to do where none is named."""

    step = fields.String(load_default=None, validate=validate.OneOf(("you", "plan", "papers", "send")))


ONWARD = ("you", "plan", "papers", "send", "later", "certificate", "evaluation")
"""Where an answer to what is asked first may lead."""


class KnownFilter(Asked):
    """What somebody wanted to see when they were asked something first."""

    then = fields.String(load_default=None, validate=validate.OneOf(ONWARD))


class KnownForm(Schema):
    """The second thing known; whether it is right is all that is asked of it."""

    answer = Line(200, required=True)
    then = fields.String(load_default=None, validate=validate.OneOf(ONWARD))


class CodeFilter(Asked):
    """A certificate's code, as the certificate's own link brings it along; it only fills the field."""

    code = fields.String(load_default=None)


def email(**options: Any) -> EmailAddress:
    """An address that is written to."""
    return EmailAddress(required=True, **options)


class BeginForm(Schema):
    """What it takes to begin."""

    email = email()
    name = Line(required=True)
    language = one_of(LANGUAGES, required=True)


class LinkForm(Schema):
    """Where a lost link goes."""

    email = email()


class Kept(Schema):
    """A step: whatever was left empty is null, so that it is taken out of what stood there."""

    @post_load
    def _whole(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return _empty(self) | data


def _empty(schema: Schema) -> dict[str, Any]:
    return {name: _nothing(member) for name, member in schema.fields.items()}


def _nothing(member: fields.Field[Any]) -> Any:
    if isinstance(member, fields.Nested):
        inner: Any = member.schema
        return _empty(inner)
    return [] if isinstance(member, fields.List) else None


class NameForm(Kept):
    """As in the passport, in the own script; a single name is a name."""

    latin = Line()
    native = Line()
    kana = Line()
    preferred = Line()


class PassportForm(Kept):
    """The passport one travels with."""

    number = Number(40)
    country = issuer()
    expires_on = Day()


class LicenceForm(Kept):
    """The licence to practise."""

    number = Number(80)
    country = country()
    licensed_on = Day()


class EmergencyForm(Kept):
    """Who is told when something happens."""

    name = Line()
    relation = Line(80)
    phone = Phone()
    email = EmailAddress()


class YouForm(Kept):
    """Who applies. Only the address for letters must be there: without it a lost link is lost."""

    name = fields.Nested(NameForm)
    birth_date = Day()
    sex = one_of(SEXES)
    nationality = nationality()
    residence = country()
    exempt_scheme = one_of(SCHEMES)
    profession = one_of(PROFESSIONS)
    institution = Line(300)
    position = Line()
    passport = fields.Nested(PassportForm)
    licence = fields.Nested(LicenceForm)
    email = email()
    phone = Phone()
    address = Text(1000)
    emergency_contact = fields.Nested(EmergencyForm)
    language = one_of(LANGUAGES, required=True)


class LaterForm(Kept):
    """What may still be added or put right once it is handed in (`people.LATER`)."""

    passport = fields.Nested(PassportForm)
    licence = fields.Nested(LicenceForm)
    exempt_scheme = one_of(SCHEMES)
    phone = Phone()
    address = Text(1000)
    emergency_contact = fields.Nested(EmergencyForm)
    health_note = Text(4000)
    risk_note = Text(10000)


class RotationForm(Schema):
    """A part of the stay in one department."""

    department = fields.String(required=True, validate=DEPARTMENT)
    first_day = Day(required=True)
    last_day = Day(required=True)


class PlanForm(Kept):
    """When, why, and where in the house; who goes abroad says what may go wrong there."""

    period_id = fields.String(validate=ID)
    first_day = Day()
    last_day = Day()
    rotations = fields.List(fields.Nested(RotationForm), validate=validate.Length(0, MOST_ROTATIONS))
    motivation = Text(10000)
    experience = Text(10000)
    health_note = Text(4000)
    risk_note = Text(10000)


class DoseForm(Schema):
    """One dose."""

    day = Day(required=True)


class PaperForm(Schema):
    """What a rule needs to know of a paper; the file comes beside it."""

    issued_on = Day()
    valid_from = Day()
    valid_until = Day()
    titre_on = Day()
    doses = fields.List(fields.Nested(DoseForm), load_default=list, validate=validate.Length(0, MOST_DOSES))

    @post_load
    def _days(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"doses": [dose["day"] for dose in data["doses"]]}


class WithdrawForm(Schema):
    """Why it is taken back."""

    reason = one_of(WITHDRAW_REASONS, required=True)


class ScoresForm(Schema):
    """From 1 to 5 by question."""

    guidance = Whole(validate=validate.Range(1, 5))
    content = Whole(validate=validate.Range(1, 5))
    preparation = Whole(validate=validate.Range(1, 5))
    surroundings = Whole(validate=validate.Range(1, 5))
    overall = Whole(required=True, validate=validate.Range(1, 5))


class EvaluationForm(Schema):
    """What a trainee says of the programme."""

    scores = fields.Nested(ScoresForm, required=True)
    text = Text(4000, load_default=None)


class CodeForm(Schema):
    """A certificate's code as it is typed; whatever is none is answered alike, so nothing else is asked of it."""

    code = fields.String(required=True)

    @pre_load
    def _one(self, data: Any, **_: Any) -> Any:
        return {"code": str(data["code"])} if isinstance(data, dict) and set(data) == {"code"} else data
