"""What is typed on the pages of training's people: days as they are typed in Japan, ticked boxes, rows left empty. What it comes to is
as in the API's shapes. Not here: programmes (forms_programme.py).
"""

from typing import Any

from marshmallow import fields, validate

from services.training.rules import programmes, reviews
from services.training.rules.codes import PROFESSIONS, REJECT_REASONS, SCHEMES
from services.training.schemas.parts import DEPARTMENT, Number, one_of
from shared.errors import InvalidInput
from shared.ui.inputs import Asked, Day, Ticked
from shared.web.fields import ID, Line, Schema, Text, Whole, each_once

Document = dict[str, Any]
BACK = r"/training/(papers)?(\?[\w=&%.-]*)?"
QUESTIONS = ("knowledge", "skill", "communication", "attitude", "overall")
NEEDS_ONE = "expected at least one box ticked"


class BoardQuery(Asked):
    """Filters of the board, of papers and of decisions."""

    programme = fields.String(load_default=None, validate=ID)
    kind = one_of(programmes.KINDS, load_default=None)
    department = fields.String(load_default=None, validate=DEPARTMENT)


class SeenQuery(Asked):
    """Which version of a record a page shows."""

    version = Whole(required=True, validate=validate.Range(1, 10**9))


class Backed(Schema):
    """A command from a list leads back to it."""

    back = fields.String(load_default=None, validate=validate.Regexp(BACK + r"\Z", error="expected a page of training"))


class ConditionRow(Schema):
    """A condition in words; `due` where there is a day."""

    ja = Text(1000, load_default=None)
    en = Text(1000, load_default=None)
    due = Day(load_default=None)


class AcceptForm(Schema):
    """Conditions beside the programme's papers."""

    conditions = fields.List(fields.Nested(ConditionRow), load_default=list, validate=validate.Length(0, 30))


class PaperForm(Schema):
    """Dates read off a paper that is in order."""

    issued_on = Day(load_default=None)
    valid_from = Day(load_default=None)
    valid_until = Day(load_default=None)
    titre_on = Day(load_default=None)
    doses = fields.List(Day(), load_default=list, validate=validate.Length(0, 10))


class AttachForm(Schema):
    """For which requirement a file comes; the file beside it."""

    requirement = Line(40, required=True)


class AgreementForm(Schema):
    """The agreement it stands under; none takes it out."""

    agreement_id = fields.String(load_default=None, validate=ID)


class HandsOnForm(Schema):
    """What the Act asks; a number comes with its days, a supervisor with their professions."""

    number = Number(80, load_default=None)
    since = Day(load_default=None, data_key="from")
    until = Day(load_default=None)
    supervisor = Line(load_default=None)
    designated_for = fields.List(one_of(PROFESSIONS), load_default=list, validate=each_once)
    languages_shown = Ticked()


class ScreeningForm(Schema):
    """An exemption with its proof, and when the entry was applied for."""

    scheme = one_of(SCHEMES, load_default=None)
    proof = Text(1000, load_default=None)
    applied_on = Day(load_default=None)


class CertificateForm(Schema):
    """A certificate to be made anew."""

    in_latin = Ticked()


class AttendanceForm(Schema):
    """Who was there on a day."""

    day = Day(required=True)
    attended = one_of(("present", "half", "absent"), required=True)
    hours = fields.Float(load_default=None, validate=validate.Range(0, 24))


class ScoresForm(Schema):
    """1 to 5 by question."""

    knowledge = Whole(load_default=None, validate=validate.Range(1, 5))
    skill = Whole(load_default=None, validate=validate.Range(1, 5))
    communication = Whole(load_default=None, validate=validate.Range(1, 5))
    attitude = Whole(load_default=None, validate=validate.Range(1, 5))
    overall = Whole(load_default=None, validate=validate.Range(1, 5))


class EvaluateForm(Schema):
    """What the department says of the trainee."""

    scores = fields.Nested(ScoresForm, load_default=dict)
    text = Text(4000, load_default=None)


class VerdictForm(Schema):
    """A reviewer's answer."""

    step = one_of(reviews.STEPS, required=True)
    verdict = one_of(reviews.VERDICTS, required=True)
    note = Text(4000, load_default=None)


class ChaseForm(Schema):
    """How many people are reminded, typed; of one programme, or of all."""

    programme = fields.String(load_default=None, validate=ID)
    count = Whole(required=True)


class DecideForm(Schema):
    """Those ticked, and how many, typed; the reason where they are rejected. `group`: the programme whose form it is."""

    chosen = fields.List(fields.String(validate=ID), load_default=list, validate=validate.Length(0, 300))
    count = Whole(load_default=None)
    reason = one_of(REJECT_REASONS, load_default="no_capacity")
    programme = fields.String(load_default=None, validate=ID)
    group = fields.String(load_default=None, validate=ID)


class DecisionsQuery(BoardQuery):
    """After an act on many: what became of each, as reference and slug."""

    refused = Line(2000, load_default=None)


def conditions_of(form: Document) -> list[Document]:
    """As the API takes them; raises InvalidInput where a row has a day and no words."""
    faults = [
        (f"#/conditions/{at}/ja", "expected the condition in words")
        for at, row in enumerate(form["conditions"])
        if not (row["ja"] or row["en"])
    ]
    if faults:
        raise InvalidInput(faults)
    return [{"text": _words(row), "due": row["due"], "code": None} for row in form["conditions"]]


def _words(row: Document) -> Document:
    return {tag: row[tag] for tag in ("ja", "en") if row[tag]}


def hands_on_of(form: Document) -> Document:
    """As the API takes it; raises InvalidInput where a permission is half known."""
    number, since, until = form["number"], form["since"], form["until"]
    if any((number, since, until)) and not all((number, since, until)):
        lacking = next(name for name, value in (("number", number), ("from", since), ("until", until)) if not value)
        raise InvalidInput([(f"#/{lacking}", "expected; it is required")])
    supervisor = {"name": form["supervisor"], "designated_for": form["designated_for"]} if form["supervisor"] else None
    return {
        "permission": {"number": number, "from": since, "until": until} if number else None,
        "supervisor": supervisor,
        "languages_shown": form["languages_shown"],
    }
