"""Forms of the training office: applications, their documents, reviews and decisions.

The fields accept days as people type them in Japan, ticked boxes and empty rows; `to_…` returns what the API's shapes hold.
Not here: programmes (programmes.py), what applicants type (applicants.py).
"""

from typing import Any

from marshmallow import fields, validate

from services.training.rules import programmes, reviews
from services.training.rules.codes import PROFESSIONS, REJECT_REASONS, SCHEMES
from services.training.rules.records.applications import HandsOnFacts, NewCondition
from services.training.rules.records.programmes import Supervisor
from services.training.schemas.fields import DEPARTMENT, Number, one_of
from shared.errors import InvalidInput
from shared.ui.inputs import Day, PageQuery, Ticked
from shared.web.fields import ID, Line, Schema, Text, Whole, each_once

Document = dict[str, Any]
BACK = r"/training/(papers)?(\?[\w=&%.-]*)?"
QUESTIONS = ("knowledge", "skill", "communication", "attitude", "overall")
NEEDS_ONE = "expected at least one box ticked"


class BoardQuery(PageQuery):
    """Filters of the board, the documents and the decisions."""

    programme = fields.String(load_default=None, validate=ID)
    kind = one_of(programmes.KINDS, load_default=None)
    department = fields.String(load_default=None, validate=DEPARTMENT)


class VersionQuery(PageQuery):
    """The version of the record that the page shows."""

    version = Whole(required=True, validate=validate.Range(1, 10**9))


class BackForm(Schema):
    """A command sent from a list; `back` is the address of the list."""

    back = fields.String(load_default=None, validate=validate.Regexp(BACK + r"\Z", error="expected a page of training"))


class ConditionRow(Schema):
    """A condition as text, in one language or both; `due` is optional."""

    ja = Text(1000, load_default=None)
    en = Text(1000, load_default=None)
    due = Day(load_default=None)


class AcceptForm(Schema):
    """Conditions in addition to the documents of the programme."""

    conditions = fields.List(fields.Nested(ConditionRow), load_default=list, validate=validate.Length(0, 30))


class DocumentDatesForm(Schema):
    """Dates read from a document that is accepted."""

    issued_on = Day(load_default=None)
    valid_from = Day(load_default=None)
    valid_until = Day(load_default=None)
    titre_on = Day(load_default=None)
    doses = fields.List(Day(), load_default=list, validate=validate.Length(0, 10))


class AttachForm(Schema):
    """The requirement that an uploaded file is for."""

    requirement = Line(40, required=True)


class AgreementForm(Schema):
    """The agreement of the application; empty removes it."""

    agreement_id = fields.String(load_default=None, validate=ID)


class HandsOnForm(Schema):
    """Requirements of the Act: a permission needs its number and both days, a supervisor has professions."""

    number = Number(80, load_default=None)
    since = Day(load_default=None, data_key="from")
    until = Day(load_default=None)
    supervisor = Line(load_default=None)
    designated_for = fields.List(one_of(PROFESSIONS), load_default=list, validate=each_once)
    languages_shown = Ticked()


class ScreeningForm(Schema):
    """An exemption with its proof, and the day of the application for COE or visa."""

    scheme = one_of(SCHEMES, load_default=None)
    proof = Text(1000, load_default=None)
    applied_on = Day(load_default=None)


class CertificateForm(Schema):
    """A request to make the certificate again."""

    in_latin = Ticked()


class AttendanceForm(Schema):
    """Attendance on one day."""

    day = Day(required=True)
    attended = one_of(("present", "half", "absent"), required=True)
    hours = fields.Float(load_default=None, validate=validate.Range(0, 24))


class ScoresForm(Schema):
    """Scores from 1 to 5 by question."""

    knowledge = Whole(load_default=None, validate=validate.Range(1, 5))
    skill = Whole(load_default=None, validate=validate.Range(1, 5))
    communication = Whole(load_default=None, validate=validate.Range(1, 5))
    attitude = Whole(load_default=None, validate=validate.Range(1, 5))
    overall = Whole(load_default=None, validate=validate.Range(1, 5))


class TraineeEvaluationForm(Schema):
    """The evaluation of the trainee by the department."""

    scores = fields.Nested(ScoresForm, load_default=dict)
    text = Text(4000, load_default=None)


class VerdictForm(Schema):
    """The verdict of a reviewer."""

    step = one_of(reviews.STEPS, required=True)
    verdict = one_of(reviews.VERDICTS, required=True)
    note = Text(4000, load_default=None)


class ReminderForm(Schema):
    """The typed number of people to remind, of one programme or of all."""

    programme = fields.String(load_default=None, validate=ID)
    count = Whole(required=True)


class DecisionsForm(Schema):
    """The ticked applications, their typed number, and the reason for a rejection. `group` is the programme whose form it is."""

    chosen = fields.List(fields.String(validate=ID), load_default=list, validate=validate.Length(0, 300))
    count = Whole(load_default=None)
    reason = one_of(REJECT_REASONS, load_default="no_capacity")
    programme = fields.String(load_default=None, validate=ID)
    group = fields.String(load_default=None, validate=ID)


class DecisionsQuery(BoardQuery):
    """Filters of the decisions; `refused` has the reference and the error slug of each application that could not be changed."""

    refused = Line(2000, load_default=None)


def to_conditions(form: Document) -> list[NewCondition]:
    """Returns the conditions as the API accepts them; raises InvalidInput where a row has no text."""
    faults = [
        (f"#/conditions/{at}/ja", "expected the condition in words")
        for at, row in enumerate(form["conditions"])
        if not (row["ja"] or row["en"])
    ]
    if faults:
        raise InvalidInput(faults)
    return [{"text": _texts(row), "due": row["due"], "code": None} for row in form["conditions"]]


def _texts(row: Document) -> Document:
    return {tag: row[tag] for tag in ("ja", "en") if row[tag]}


def to_hands_on(form: Document) -> HandsOnFacts:
    """Returns the requirements as the API accepts them; raises InvalidInput where a permission is incomplete."""
    number, since, until = form["number"], form["since"], form["until"]
    if any((number, since, until)) and not all((number, since, until)):
        missing = next(name for name, value in (("number", number), ("from", since), ("until", until)) if not value)
        raise InvalidInput([(f"#/{missing}", "expected; it is required")])
    supervisor: Supervisor | None = None
    if form["supervisor"]:
        supervisor = {"name": form["supervisor"], "designated_for": form["designated_for"]}
    return {
        "permission": {"number": number, "from": since, "until": until} if number else None,
        "supervisor": supervisor,
        "languages_shown": form["languages_shown"],
    }
