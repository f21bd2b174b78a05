"""What an agency can see of its case, and the version and time of its last change. The version changes exactly when the visible part does.

Internal notes, hidden documents and staff-only fields do not change the agency's ETag, its `updated_at` or its list of changes.
"""

from collections.abc import Iterable
from datetime import datetime

from services.intake.rules.needs import need_of, status_of
from services.intake.rules.records import Case

VERSION, CHANGED = "agency_version", "agency_updated_at"
HIDDEN = frozenset(("hospital_number",))  # fields of the patient
_OF_CASE = (
    "agency_reference", "cancellation", "channel", "closing", "interpreter", "languages", "next", "payer", "request", "same_reference_as",
    "sealed", "status",
)  # fmt: skip
_OF_VISIT = ("id", "status", "kind", "department", "place", "modality", "rescheduled", "start", "end")


def first(now: datetime) -> Case:
    """Returns the version fields of a new case."""
    return {VERSION: 1, CHANGED: now}


def moved(before: Case, after: Case, now: datetime, fields: Iterable[str] | None = None) -> Case:
    """Returns the new version and time after a change of the case, or nothing. `fields` are those that an edit named.

    Encrypting a block again changes it even if the visible part is the same; `fields` then decide whether the change counts.
    """
    left_out = {"sealed"} if fields is not None and all(_is_hidden(field) for field in fields) else set[str]()
    now_seen = seen(after)
    if all(value == now_seen[name] for name, value in seen(before).items() if name not in left_out):
        return {}
    return {VERSION: before.get(VERSION, 1) + 1, CHANGED: now}


def seen(case: Case) -> Case:
    """Returns everything of the case an agency is shown, with texts still encrypted. Other services' data about it has no version."""
    shown = {name: case.get(name) for name in _OF_CASE}
    shown["visits"] = [
        [visit.get(name) for name in _OF_VISIT] + [status_of(need_of(visit, case), None)] for visit in case["visits"]
    ]
    shown["messages"] = [message for message in case["messages"] if message.get("kind") != "note"]
    shown["documents"] = [document for document in case["documents"] if "agency" in document["visible_to"]]
    return shown


def _is_hidden(field: str) -> bool:
    """Whether an edit of this field (`patient.hospital_number`, `patient_id`) is invisible to the agency."""
    section, _, name = field.partition(".")
    return section == "patient_id" or (section == "patient" and name in HIDDEN)
