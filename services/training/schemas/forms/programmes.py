"""Form of a programme: periods and required documents as rows, days as people type them in Japan.

`to_programme` returns what the API's shapes hold.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marshmallow import fields, validate

from services.training.rules import programmes, reviews
from services.training.rules.codes import PROFESSIONS
from services.training.rules.documents import requirements, stored_documents
from services.training.schemas.fields import DEPARTMENT, LocalizedText, LocalizedTitle, Number, one_of
from shared.errors import InvalidInput
from shared.ui.inputs import Day, Ticked, TimeOfDay, at_hospital
from shared.web.fields import ID, Line, Schema, Whole, country, each_once

Document = dict[str, Any]
RULES = (
    "within_days_of_start",
    "covers_visit",
    "from_start",
    "margin_days",
    "years_valid",
    "doses",
    "interval_days",
    "valid_days",
    "this_stay",
    "or_titre",
)


class PeriodRow(Schema):
    """A period with places."""

    id = fields.String(load_default=None, validate=ID)
    since = Day(required=True, data_key="from", attribute="from")
    until = Day(required=True)
    slots = Whole(required=True, validate=validate.Range(0, 10000))
    group_size = Whole(load_default=1, validate=validate.Range(1, 200))
    professions = fields.List(one_of(PROFESSIONS), load_default=list, validate=each_once)


class RequirementRow(Schema):
    """A document that a programme may require; it is required where `selected` is ticked."""

    selected = Ticked()
    code = fields.String(load_default=None)
    ja = Line(300, load_default=None)
    en = Line(300, load_default=None)
    owner = one_of(requirements.OWNERS, load_default="applicant")
    stage = one_of(requirements.STAGES, load_default="application")
    due_days_before_start = Whole(load_default=requirements.DUE_DAYS, validate=validate.Range(-400, 400))
    within_days_of_start = Whole(load_default=None, validate=validate.Range(0, 4000))
    covers_visit = Ticked()
    from_start = Ticked()
    margin_days = Whole(load_default=None, validate=validate.Range(0, 4000))
    years_valid = Whole(load_default=None, validate=validate.Range(1, 50))
    doses = Whole(load_default=None, validate=validate.Range(1, 10))
    interval_days = Whole(load_default=None, validate=validate.Range(0, 1000))
    valid_days = Whole(load_default=None, validate=validate.Range(1, 4000))
    this_stay = Ticked()
    or_titre = Ticked()
    season_from = fields.String(load_default=None)
    season_to = fields.String(load_default=None)
    season_valid_from = fields.String(load_default=None)
    min_days = Whole(load_default=None, validate=validate.Range(0, 4000))


class NamedReviewers(Schema):
    """The accounts named for each step."""

    department = fields.List(fields.String(validate=ID), load_default=list)
    chief = fields.List(fields.String(validate=ID), load_default=list)


class ProgrammeForm(Schema):
    """A programme."""

    title = fields.Nested(LocalizedTitle, required=True)
    text = fields.Nested(LocalizedText, load_default=dict)
    department = fields.String(load_default=None, validate=DEPARTMENT)
    organization_id = fields.String(load_default=None, validate=ID)
    country = country(load_default=None)
    purpose = one_of(programmes.PURPOSES, load_default=None)
    languages = fields.List(one_of(("en", "ja")), load_default=list, validate=each_once)
    supervisor = Line(load_default=None)
    supervisor_for = fields.List(one_of(PROFESSIONS), load_default=list, validate=each_once)
    designation_number = Number(80, load_default=None)
    designation_from = Day(load_default=None)
    designation_until = Day(load_default=None)
    deadline_day = Day(load_default=None)
    deadline_time = TimeOfDay(load_default=None)
    answer_days = Whole(load_default=programmes.ANSWER_DAYS, validate=validate.Range(1, 180))
    order = one_of(reviews.ORDERS, load_default="in_order")
    steps = fields.List(one_of(reviews.STEPS), load_default=list, validate=each_once)
    reviewers = fields.Nested(NamedReviewers, load_default=dict)
    periods = fields.List(fields.Nested(PeriodRow), load_default=list, validate=validate.Length(0, 200))
    papers = fields.List(fields.Nested(RequirementRow), load_default=list, validate=validate.Length(0, 60))


class NewProgrammeForm(ProgrammeForm):
    """A new programme, with its kind, which cannot be changed later."""

    kind = one_of(programmes.KINDS, required=True)


def to_programme(form: Document, previous: Mapping[str, Any] | None) -> Document:
    """Returns the programme as the API accepts it; fields of `previous` that the page does not show stay."""
    previous = previous or {}
    named = {step: ids for step, ids in form["reviewers"].items() if ids}
    copied = ("title", "department", "organization_id", "country", "purpose", "answer_days")
    known = {one["code"]: one for one in previous.get("requirements", ())}
    selected = [row for row in form["papers"] if row["selected"]]
    return {name: form[name] for name in copied} | {
        "text": {tag: words for tag, words in form["text"].items() if words},
        "languages": form["languages"] or ["en"],
        "supervisor": _supervisor(form, previous.get("supervisor") or {}),
        "designation": _designation(form),
        "deadline": _deadline(form),
        "review": {"order": form["order"], "steps": form["steps"], "reviewers": named},
        "periods": [{name: value for name, value in row.items() if value is not None} for row in form["periods"]],
        "requirements": [_requirement(row, known.get(row["code"] or "", {})) for row in selected],
    }


def _supervisor(form: Document, previous: Document) -> Document | None:
    if not form["supervisor"]:
        return None
    return previous | {"name": form["supervisor"], "designated_for": form["supervisor_for"]}


def _designation(form: Document) -> Document | None:
    """Returns the designation; raises InvalidInput where it is incomplete. The last day is optional."""
    number, since, until = (form[f"designation_{name}"] for name in ("number", "from", "until"))
    missing = [f"designation_{name}" for name, value in (("number", number), ("from", since)) if not value]
    if len(missing) == 2 and not until:
        return None
    if missing:
        raise InvalidInput([(f"#/{name}", "expected; it is required") for name in missing])
    return {"number": number, "from": since, "until": until}


def _deadline(form: Document) -> datetime | None:
    """Returns the moment from which applications are refused; without a time it is the end of the day."""
    if not form["deadline_day"]:
        return None
    if form["deadline_time"]:
        return at_hospital(form["deadline_day"], form["deadline_time"])
    return at_hospital(form["deadline_day"], "00:00") + timedelta(days=1)


def _requirement(row: Document, previous: Document) -> Document:
    validity = {name: row[name] for name in RULES if row[name]}
    if row["season_from"] and row["season_to"]:
        season = {"from": row["season_from"], "to": row["season_to"]}
        validity["season"] = season | ({"valid_from": row["season_valid_from"]} if row["season_valid_from"] else {})
    applies_to = {name: value for name, value in (previous.get("applies_to") or {}).items() if name != "min_days"}
    applies_to |= {"min_days": row["min_days"]} if row["min_days"] else {}
    copied = ("code", "owner", "stage", "due_days_before_start")
    requirement = {name: row[name] for name in copied} | {"name": {"ja": row["ja"], "en": row["en"]}}
    return (
        requirement | ({"validity": validity} if validity else {}) | ({"applies_to": applies_to} if applies_to else {})
    )


def row_faults(form: Document) -> list[tuple[str, str]]:
    """Returns the faults of the selected documents, each with the pointer of its field."""
    faults = []
    for at, row in enumerate(form["papers"]):
        if not row["selected"]:
            continue
        faults += [
            (f"#/papers/{at}/{name}", "expected; it is required") for name in ("code", "ja", "en") if not row[name]
        ]
        if row["code"] and row["ja"] and row["en"]:
            faults += [(_field(pointer), detail) for pointer, detail in _rule_faults(row, f"#/papers/{at}")]
    return faults


def _rule_faults(row: Document, at: str) -> list[tuple[str, str]]:
    return stored_documents.requirement_faults(_requirement(row, {}), at)


def _field(pointer: str) -> str:
    return pointer.replace("/validity/season/", "/season_").replace("/validity/", "/")
