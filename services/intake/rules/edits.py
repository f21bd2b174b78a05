"""An edit by a form that shows the whole: which fields are another than they were, and what stands in the form to begin with.

Not here: what an edit does to the record (people.merged), what is sealed.
"""

from typing import Any

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
    """An edit that leaves everything as it is: no save, no event."""


def changed(shown: Fields, typed: Fields) -> Fields:
    """An edit's body from the case as shown and the form as typed: by section what is another, None for what was emptied.

    Raises NothingChanged.
    """
    body: Fields = {}
    for section, names in SECTIONS.items():
        was, now = shown.get(section) or {}, typed.get(section) or {}
        differing = {name: now.get(name) for name in names if (now.get(name) or None) != (was.get(name) or None)}
        if differing:
            body[section] = differing
    if typed["languages"] != shown["languages"]:
        body["languages"] = typed["languages"]
    if not body:
        raise NothingChanged()
    return body


def as_typed(shown: Fields) -> Fields:
    """The case as its form has it: a phone as typed, an unknown birth date left empty, a need's yes and no as words."""
    patient, needs = dict(shown["patient"]), dict(shown["needs"])
    if patient.get("phone"):
        patient["phone"] = patient["phone"]["typed"]
    if patient.get("birth_date") == "unknown":
        del patient["birth_date"]
    if needs.get("interpreter"):
        needs["interpreter"] = need_as_typed(needs["interpreter"])
    return {name: shown[name] for name in ("languages", "request", "payer")} | {"patient": patient, "needs": needs}


def need_as_typed(need: Fields) -> Fields:
    """A need with `required` as its form has it."""
    return need | ({"required": "yes" if need["required"] else "no"} if "required" in need else {})
