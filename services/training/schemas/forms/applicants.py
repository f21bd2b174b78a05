"""Forms of applicants and the public: the steps of an application, documents, feedback, a certificate's code."""

from typing import Any

from marshmallow import fields, post_load, pre_load, validate

from services.training.rules import programmes
from services.training.rules.codes import PROFESSIONS, SCHEMES, SEXES, WITHDRAW_REASONS
from services.training.schemas.fields import DEPARTMENT, LANGUAGES, Number, Phone, issuer, nationality, one_of
from shared.ui.inputs import Day, PageQuery
from shared.web.fields import ID, EmailAddress, Line, Schema, Text, Whole, country

MAX_ROTATIONS = 12
MAX_DOSES = 10
QUESTIONS = ("guidance", "content", "preparation", "surroundings", "overall")
"""The questions of the feedback; each is scored from 1 to 5."""


class CatalogueFilter(PageQuery):
    """Filters of the catalogue."""

    department = Line(40, load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf(programmes.KINDS))
    language = Line(35, load_default=None)


class StepFilter(PageQuery):
    """The step to show; without one, the first with something to do."""

    step = fields.String(load_default=None, validate=validate.OneOf(("you", "plan", "papers", "send")))


IDENTITY_TARGETS = ("you", "plan", "papers", "send", "later", "certificate", "evaluation")
"""The parts of the page to which the identity check may lead."""


class IdentityFilter(PageQuery):
    """The part of the page that was asked for before the identity check."""

    then = fields.String(load_default=None, validate=validate.OneOf(IDENTITY_TARGETS))


class IdentityForm(Schema):
    """The answer of the identity check; only whether it is right is checked."""

    answer = Line(200, required=True)
    then = fields.String(load_default=None, validate=validate.OneOf(IDENTITY_TARGETS))


class CodeFilter(PageQuery):
    """A certificate's code from the link printed on it; it only fills the field."""

    code = fields.String(load_default=None)


def email(**options: Any) -> EmailAddress:
    """A required e-mail address."""
    return EmailAddress(required=True, **options)


class BeginForm(Schema):
    """Name, address and language: what is needed to start an application."""

    email = email()
    name = Line(required=True)
    language = one_of(LANGUAGES, required=True)


class LinkForm(Schema):
    """The address to which a new link is sent."""

    email = email()


class StepForm(Schema):
    """A step of the application; a field left empty is null, which removes the stored value."""

    @post_load
    def _with_empty_values(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return _empty_values(self) | data


def _empty_values(schema: Schema) -> dict[str, Any]:
    return {name: _empty_value(member) for name, member in schema.fields.items()}


def _empty_value(member: fields.Field[Any]) -> Any:
    if isinstance(member, fields.Nested):
        inner: Any = member.schema
        return _empty_values(inner)
    return [] if isinstance(member, fields.List) else None


class NameForm(StepForm):
    """A name as in the passport and in the person's own script. A single name is allowed."""

    latin = Line()
    native = Line()
    kana = Line()
    preferred = Line()


class PassportForm(StepForm):
    """The passport used for the stay."""

    number = Number(40)
    country = issuer()
    expires_on = Day()


class LicenceForm(StepForm):
    """The licence to practise."""

    number = Number(80)
    country = country()
    licensed_on = Day()


class EmergencyContactForm(StepForm):
    """The person to contact in an emergency."""

    name = Line()
    relation = Line(80)
    phone = Phone()
    email = EmailAddress()


class ApplicantForm(StepForm):
    """The applicant. Only the e-mail address is required: without it no new link can be sent."""

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
    emergency_contact = fields.Nested(EmergencyContactForm)
    language = one_of(LANGUAGES, required=True)


class DetailsForm(StepForm):
    """The details that can be changed after an application is submitted (`people.EDITABLE_LATER`)."""

    passport = fields.Nested(PassportForm)
    licence = fields.Nested(LicenceForm)
    exempt_scheme = one_of(SCHEMES)
    phone = Phone()
    address = Text(1000)
    emergency_contact = fields.Nested(EmergencyContactForm)
    health_note = Text(4000)
    risk_note = Text(10000)


class RotationForm(Schema):
    """A part of the stay in one department."""

    department = fields.String(required=True, validate=DEPARTMENT)
    first_day = Day(required=True)
    last_day = Day(required=True)


class PlanForm(StepForm):
    """Dates, departments and motivation; people who go abroad also describe the risks there."""

    period_id = fields.String(validate=ID)
    first_day = Day()
    last_day = Day()
    rotations = fields.List(fields.Nested(RotationForm), validate=validate.Length(0, MAX_ROTATIONS))
    motivation = Text(10000)
    experience = Text(10000)
    health_note = Text(4000)
    risk_note = Text(10000)


class DoseForm(Schema):
    """One dose."""

    day = Day(required=True)


class DocumentForm(Schema):
    """The dates that the rules need of a document; the file is uploaded with it."""

    issued_on = Day()
    valid_from = Day()
    valid_until = Day()
    titre_on = Day()
    doses = fields.List(fields.Nested(DoseForm), load_default=list, validate=validate.Length(0, MAX_DOSES))

    @post_load
    def _days(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"doses": [dose["day"] for dose in data["doses"]]}


class WithdrawForm(Schema):
    """The reason why the application is withdrawn."""

    reason = one_of(WITHDRAW_REASONS, required=True)


class ScoresForm(Schema):
    """Scores from 1 to 5 by question."""

    guidance = Whole(validate=validate.Range(1, 5))
    content = Whole(validate=validate.Range(1, 5))
    preparation = Whole(validate=validate.Range(1, 5))
    surroundings = Whole(validate=validate.Range(1, 5))
    overall = Whole(required=True, validate=validate.Range(1, 5))


class EvaluationForm(Schema):
    """The trainee's feedback on the programme."""

    scores = fields.Nested(ScoresForm, required=True)
    text = Text(4000, load_default=None)


class CodeForm(Schema):
    """A certificate's code as it is typed. It is not validated, because all invalid codes get the same answer."""

    code = fields.String(required=True)

    @pre_load
    def _only_code(self, data: Any, **_: Any) -> Any:
        return {"code": str(data["code"])} if isinstance(data, dict) and set(data) == {"code"} else data
