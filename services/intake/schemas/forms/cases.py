"""Forms of a case's pages: day and time are separate fields, checkboxes are booleans. They load into the bodies that requests.py describes."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.rules import birth_dates, documents, values
from services.intake.rules.needs import PROVIDERS
from services.intake.rules.sheets import LANGUAGES
from services.intake.rules.tables import VISIT_STATES
from services.intake.schemas import requests
from services.intake.schemas.fields import Checked, NameSchema, Phone, code, languages, line, number, words
from shared.ui.inputs import Day, PageQuery, Ticked, TimeOfDay
from shared.web.fields import Schema, Whole

BACK = r"/intake/[A-Za-z0-9/?&=._%-]*\Z"


class ReturnForm(Schema):
    """A command that may come from another page than the case's; `back` is the page to return to."""

    back = fields.String(validate=validate.Regexp(BACK, error="expected a page of this service"))


class AcceptForm(Schema):
    """`patient_id` is that of a registered patient, or `new`; required where possible duplicates were shown (`asked`)."""

    patient_id = line(64)
    asked = Ticked()

    @ma.validates_schema
    def _require_choice(self, data: dict[str, Any], **_: Any) -> None:
        if data["asked"] and "patient_id" not in data:
            raise ma.ValidationError("expected; it is required", "patient_id")

    @ma.post_load
    def _without_new(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data if data.get("patient_id") != "new" else {}


class CancelCaseForm(Schema):
    """A cancellation; unlike in the API, the reason is always required."""

    reason = code(values.CANCEL_REASONS, required=True)
    wanted_by = code(values.WANTED_BY, load_default="hospital")


class WaiverForm(Schema):
    who = line(required=True)
    why = words(500, required=True)
    child = Ticked()


class NeedForm(Schema):
    """An empty `required` follows from the case, the patient, or the languages."""

    required = code(("yes", "no"))
    provided_by = code(PROVIDERS)
    gender_wish = code(values.GENDERS)
    for_ = code(values.INTERPRET_FOR, data_key="for", attribute="for")
    waiver = fields.Nested(WaiverForm)

    @ma.pre_load
    def _no_empty_waiver(self, data: Any, **_: Any) -> Any:
        """Drops the waiver unless the family interprets: a box may have been ticked before another choice."""
        if not isinstance(data, dict) or data.get("provided_by") == "family":
            return data  # what is no object is for the fields to refuse
        return {name: value for name, value in data.items() if name != "waiver"}

    @ma.post_load
    def _as_request(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "required" in data:
            data["required"] = data["required"] == "yes"
        return data


class WhenForm(ReturnForm):
    day = Day(required=True)
    time = TimeOfDay(required=True)
    minutes = Whole(load_default=60, validate=validate.Range(5, 1440, error="expected 5 to 1440 minutes"))


class BookForm(WhenForm):
    department = Checked(values.department, required=True)
    kind = code(values.VISIT_KINDS, load_default="outpatient")
    modality = code(values.MODALITIES, load_default="on_site")
    place = line()
    interpreter = fields.Nested(NeedForm)


class MoveForm(WhenForm):
    wanted_by = code(values.WANTED_BY, load_default="hospital")


class ChangeForm(ReturnForm):
    """An empty `place` removes it."""

    place = line(load_default=None)
    modality = code(values.MODALITIES, required=True)
    interpreter = fields.Nested(NeedForm)


class CancelVisitForm(ReturnForm, CancelCaseForm):
    """The same for one visit."""


class CorrectForm(ReturnForm):
    to = code(VISIT_STATES, required=True)
    reason = words(500, required=True)


class DocumentsForm(Schema):
    """The fields of an upload besides the files; the hospital always sees the documents."""

    kind = code(documents.KINDS, required=True)
    visible_to = fields.List(code(documents.READERS[1:]), load_default=[])


class EditedPassport(Schema):
    number = number(40, required=True)
    country = Checked(values.issuer)
    expires = Day()


class EditedPerson(requests.PatientSchema):
    """The person, with a birth date in any written form and a phone in Japanese national format."""

    birth_date = Checked(birth_dates.birth_date, load_default="unknown")
    sex = code(values.SEXES, load_default="unknown")
    nationality = Checked(values.nationality)
    phone = Phone(values.phone, "JP")
    emergency_contact = fields.Nested(requests.DeskContactSchema)
    hospital_number = number(40)
    passport = fields.Nested(EditedPassport)
    name = fields.Nested(NameSchema, required=True)


class EditedNeeds(Schema):
    interpreter = fields.Nested(NeedForm)
    religion = words(500)
    prayer = words(500)
    diet = words(500)
    access = words(500)


class EditedRequest(requests.RequestSchema):
    department = Checked(values.department, load_default="undecided")
    urgency = code(values.URGENCIES, load_default="routine")
    wished_dates = fields.List(Day(), validate=validate.Length(max=10))


class EditForm(Schema):
    """All details of a case; an empty field removes it."""

    patient = fields.Nested(EditedPerson, required=True)
    languages = languages(required=True)
    needs = fields.Nested(EditedNeeds, load_default=dict)
    request = fields.Nested(EditedRequest, required=True)
    payer = fields.Nested(requests.PayerSchema, required=True)


class CaseQuery(Schema):
    """`everything` shows the history from its beginning; `known` is passed on by the page to its live part."""

    everything = Ticked()
    known = fields.Integer(load_default=0)


class SheetQuery(Schema):
    """The language of a handout; without one, the patient's."""

    language = code(LANGUAGES, load_default=None)


class CalendarQuery(PageQuery):
    """`view` day or week, around `date`; `interpreter` `open` shows only visits without a confirmed interpreter."""

    view = code(("day", "week"), load_default="day")
    date = Day(load_default=None)
    department = Checked(values.department)
    interpreter = code(("open",))
    cancelled = Ticked()
