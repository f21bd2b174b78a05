"""Edits by a form that shows the whole case: which fields differ, and the values the form starts with.

Not here: applying an edit to the record (people.edited), and which fields are encrypted.
"""

from typing import Any

from services.intake.rules.records import CaseEdit, Json

Fields = dict[str, Any]
SECTIONS = {
    "patient": (
        "name", "birth_date", "sex", "nationality", "residence", "passport", "phone", "email", "address", "emergency_contact",
        "allergies", "hospital_number",
    ),
    "needs": ("interpreter", "religion", "prayer", "diet", "access"),
    "request": ("department", "reason", "clinical_summary", "urgency", "wished_dates"),
    "payer": ("kind", "company", "policy_number"),
}  # fmt: skip


class NothingChanged(Exception):
    """The edit changes nothing: nothing is saved and no event is published."""


def changes(view: Json, typed: Json) -> CaseEdit:
    """Returns the edit's body: by section the fields that differ between the case and the form, None for a cleared field.

    Raises NothingChanged.
    """
    body: Any = {}
    for section, names in SECTIONS.items():
        was, now = view.get(section) or {}, typed.get(section) or {}
        differing = {name: now.get(name) for name in names if (now.get(name) or None) != (was.get(name) or None)}
        if differing:
            body[section] = differing
    if typed["languages"] != view["languages"]:
        body["languages"] = typed["languages"]
    if not body:
        raise NothingChanged()
    return body


def form_values(view: Json) -> Fields:
    """Returns the case as form values: the phone as typed, an unknown birth date empty, a need's `required` as yes or no."""
    patient, needs = dict(view["patient"]), dict(view["needs"])
    if patient.get("phone"):
        patient["phone"] = patient["phone"]["typed"]
    if patient.get("birth_date") == "unknown":
        del patient["birth_date"]
    if needs.get("interpreter"):
        needs["interpreter"] = need_form_values(needs["interpreter"])
    return {name: view[name] for name in ("languages", "request", "payer")} | {"patient": patient, "needs": needs}


def need_form_values(need: Json) -> Fields:
    """Returns a need with `required` as a form value."""
    return {**need, **({"required": "yes" if need["required"] else "no"} if "required" in need else {})}
