"""What an agency can see of its case, and the version it knows the case by: both move together, and nothing else moves either.

Internal notes, documents that are not shown to it and what staff alone read leave its ETag, its `updated_at` and its list of changes alone.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.intake.rules.needs import need_of, status_of

Case = dict[str, Any]
VERSION, CHANGED = "agency_version", "agency_updated_at"
HIDDEN = frozenset(("hospital_number",))  # of the patient's own fields
_OF_CASE = (
    "agency_reference", "cancellation", "channel", "closing", "interpreter", "languages", "next", "payer", "request", "same_reference_as",
    "sealed", "status",
)  # fmt: skip
_OF_VISIT = ("id", "status", "kind", "department", "place", "modality", "rescheduled", "start", "end")


def first(now: datetime) -> Case:
    """Of a new case."""
    return {VERSION: 1, CHANGED: now}


def moved(before: Case, after: Case, now: datetime, fields: Iterable[str] | None = None) -> Case:
    """What changes of version and time with a change of the case; of an edit, the `fields` it named.

    Sealing a block again makes it another one, whatever of it was edited: then the fields say whether it counts.
    """
    left_out = {"sealed"} if fields is not None and all(_is_hidden(field) for field in fields) else set[str]()
    now_seen = seen(after)
    if all(value == now_seen[name] for name, value in seen(before).items() if name not in left_out):
        return {}
    return {VERSION: before.get(VERSION, 1) + 1, CHANGED: now}


def seen(case: Case) -> Case:
    """All that is shown of the case itself; words, names and blocks as they are sealed. What others say of it has no version."""
    shown = {name: case.get(name) for name in _OF_CASE}
    shown["visits"] = [
        [visit.get(name) for name in _OF_VISIT] + [status_of(need_of(visit, case), None)] for visit in case["visits"]
    ]
    shown["messages"] = [message for message in case["messages"] if message.get("kind") != "note"]
    shown["documents"] = [document for document in case["documents"] if "agency" in document["visible_to"]]
    return shown


def _is_hidden(field: str) -> bool:
    """Whether an edit of this field (`patient.hospital_number`, `patient_id`) is not for it to know."""
    section, _, name = field.partition(".")
    return section == "patient_id" or (section == "patient" and name in HIDDEN)
