"""What an agency can see of its case, and the version and time of its last change. The version changes exactly when the visible part does.

Internal notes, hidden documents and staff-only fields do not change the agency's ETag, its `updated_at` or its list of changes.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypedDict

from services.intake.rules.needs import need_of, status_of
from services.intake.rules.records import Case

VERSION: Final = "agency_version"
CHANGED: Final = "agency_updated_at"
HIDDEN = frozenset(("hospital_number",))  # fields of the patient
_OF_CASE = (
    "agency_reference", "cancellation", "channel", "closing", "interpreter", "languages", "next", "payer", "request", "same_reference_as",
    "sealed", "status",
)  # fmt: skip
_OF_VISIT = ("id", "status", "kind", "department", "place", "modality", "rescheduled", "start", "end")


class AgencyVersion(TypedDict):
    """The version of a case for its agency, and the time of the last change that the agency can see."""

    agency_version: int
    agency_updated_at: datetime


def next_version(before: Case, after: Case, now: datetime, fields: Iterable[str] | None = None) -> AgencyVersion:
    """Returns the version and time after a change of the case: new ones if the agency can see the change, else the previous ones. `fields` are those that an edit named.

    Encrypting a block again changes it even if the visible part is the same; `fields` then decide whether the change counts.
    """
    left_out = {"sealed"} if fields is not None and all(_is_hidden(field) for field in fields) else set[str]()
    now_visible = visible(after)
    version = before.get(VERSION, 1)
    if all(value == now_visible[name] for name, value in visible(before).items() if name not in left_out):
        return {VERSION: version, CHANGED: before.get(CHANGED, now)}
    return {VERSION: version + 1, CHANGED: now}


def visible(case: Case) -> dict[str, object]:
    """Returns everything of the case that its agency can see, with texts still encrypted. Other services' data about it has no version."""
    result: dict[str, object] = {name: case.get(name) for name in _OF_CASE}
    result["visits"] = [
        [visit.get(name) for name in _OF_VISIT] + [status_of(need_of(visit, case), None)] for visit in case["visits"]
    ]
    result["messages"] = [message for message in case["messages"] if message.get("kind") != "note"]
    result["documents"] = [document for document in case["documents"] if "agency" in document["visible_to"]]
    return result


def _is_hidden(field: str) -> bool:
    """Whether an edit of this field (`patient.hospital_number`, `patient_id`) is invisible to the agency."""
    section, _, name = field.partition(".")
    return section == "patient_id" or (section == "patient" and name in HIDDEN)
