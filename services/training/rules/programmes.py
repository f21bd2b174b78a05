"""Programmes as plain values: kinds, periods, deadlines, whether an application fits a period."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import cast
from zoneinfo import ZoneInfo

from services.training.rules.faults import DeadlinePassed, NotComplete, NotPublished
from services.training.rules.records.applicants import ApplicantData, Rotation
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Period, Programme
from services.training.rules.states import CLOSED, DRAFTED, PUBLISHED
from shared.clock import rfc3339
from shared.errors import InvalidInput

KINDS = ("observation", "elective", "hands_on", "overseas", "in_house")
STATES = (DRAFTED, PUBLISHED, CLOSED)
DIRECTIONS = ("in", "out", "own")
PUBLIC = ("observation", "elective", "hands_on")
"""Kinds in the public catalogue; the others are for the hospital's own staff."""
PURPOSES = ("clinical", "research", "conference", "aid")
ANSWER_DAYS = 14
MAX_DAYS = 1830
"""The longest period, and so the longest stay: five years."""
YEARS = range(2000, 2200)
RESERVED_CODES = frozenset({"report", "other"})
"""Codes of documents that every application may have, whatever its programme."""


def with_changes(programme: Mapping[str, object], changes: Mapping[str, object]) -> Programme:
    """Returns the programme with the changes of a body, whose schema was checked."""
    return cast("Programme", {**programme, **changes})


def check(programme: Programme) -> None:
    """Checks what a schema cannot. Raises InvalidInput with every fault."""
    faults = _period_faults(programme["periods"])
    if (deadline := programme["deadline"]) and deadline.year not in YEARS:
        faults.append(("#/deadline", f"expected a moment in the years {YEARS[0]} to {YEARS[-1]}"))
    if programme["kind"] == "overseas" and "department" not in programme["review"]["steps"]:
        faults.append(("#/review/steps", "expected the department's step: its head approves who goes abroad"))
    if programme.get("designation") and programme["kind"] != "hands_on":
        faults.append(("#/designation", "expected only for hands-on training"))
    if programme["kind"] == "overseas" and not programme.get("organization_id"):
        faults.append(("#/organization_id", "expected the host: an overseas programme has one"))
    if programme["kind"] != "overseas" and not programme.get("department"):
        faults.append(("#/department", "expected a department"))
    codes = [one["code"] for one in programme["requirements"]]
    if len(set(codes)) < len(codes):
        faults.append(("#/requirements", "expected each code once"))
    if RESERVED_CODES & set(codes):
        faults.append(("#/requirements", f"expected codes other than {', '.join(sorted(RESERVED_CODES))}"))
    if faults:
        raise InvalidInput(faults)


def _period_faults(periods: list[Period]) -> list[tuple[str, str]]:
    faults, known = [], set()
    for at, period in enumerate(periods):
        length = (date.fromisoformat(period["until"]) - date.fromisoformat(period["from"])).days + 1
        if length < 1:
            faults.append((f"#/periods/{at}/until", "expected a day not before `from`"))
        if length > MAX_DAYS:
            faults.append((f"#/periods/{at}/until", f"expected at most {MAX_DAYS} days"))
        if period.get("id") in known:
            faults.append((f"#/periods/{at}/id", "expected each period once"))
        known |= {period["id"]} if period.get("id") else set()
    return faults


def check_publishable(programme: Programme) -> None:
    """Raises NotComplete where nobody could apply."""
    faults = []
    if not programme["periods"]:
        faults.append(("#/periods", "expected at least one period with places"))
    faults += [
        (f"#/text/{language}", "expected a title and a text: what is published is in both languages")
        for language in ("ja", "en")
        if not (programme["title"].get(language) and (programme.get("text") or {}).get(language))
    ]
    if faults:
        raise NotComplete(faults)


def check_open(programme: Programme, now: datetime, zone: ZoneInfo) -> None:
    """Raises NotPublished or DeadlinePassed; the deadline is a moment, shown in the hospital's zone and in UTC."""
    if programme["status"] != PUBLISHED:
        raise NotPublished()
    deadline: datetime | None = programme.get("deadline")
    if deadline is not None and now >= deadline:
        local = deadline.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        raise DeadlinePassed(f"{local} ({zone.key}; {rfc3339(deadline)})")


def last_day_to_apply(deadline: datetime | None, zone: ZoneInfo) -> str | None:
    """Returns the last of the hospital's days on which one can still apply (ISO); None where there is no deadline."""
    return (deadline - timedelta(microseconds=1)).astimezone(zone).date().isoformat() if deadline else None


def period_of(programme: Programme, period_id: str | None) -> Period | None:
    """Returns the period of a programme, or None."""
    return next((one for one in programme["periods"] if one["id"] == period_id), None)


def whole_stay(programme: Programme, first_day: str, last_day: str) -> Rotation:
    """Returns the one rotation of a stay without planned ones: the programme's department from the first to the last day."""
    department = programme["department"]
    assert department is not None, "a programme for incoming trainees has a department: check"
    return {
        "department": department,
        "first_day": first_day,
        "last_day": last_day,
        "supervisor": None,
        "place": None,
    }


def fit_faults(programme: Programme, body: ApplicantData | Application, today: date) -> list[tuple[str, str]]:
    """Returns what does not fit between an application's plan and its period."""
    period = period_of(programme, body.get("period_id"))
    if period is None:
        return [("#/period_id", "expected one of the programme's periods")]
    first, last = body["first_day"], body["last_day"]
    faults = []
    if last < first:
        faults.append(("#/last_day", "expected a day not before the first"))
    if first < period["from"] or last > period["until"]:
        faults.append(("#/first_day", f"expected days from {period['from']} to {period['until']}"))
    if first < today.isoformat():
        faults.append(("#/first_day", "expected today or a day to come"))
    if period["professions"] and body.get("profession") not in period["professions"]:
        faults.append(("#/profession", f"expected one of {', '.join(period['professions'])}"))
    faults += _rotation_faults(body.get("rotations") or [], first, last)
    return faults


def _rotation_faults(rotations: list[Rotation], first: str, last: str) -> list[tuple[str, str]]:
    faults = []
    for at, one in enumerate(rotations):
        if not first <= one["first_day"] <= one["last_day"] <= last:
            faults.append((f"#/rotations/{at}", f"expected days within {first} to {last}"))
    ordered = sorted(rotations, key=lambda one: one["first_day"])
    for before, after in pairwise(ordered):
        if after["first_day"] <= before["last_day"]:
            faults.append(("#/rotations", "expected rotations one after the other: nobody is in two places"))
            break
    return faults
