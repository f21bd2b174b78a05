"""Builds the page of a case: the case as its reader may see it, the next step, its visits in order, its history.

Not here: the routes (case.py), commands (case_commands.py, visits.py, exchange.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.actions import names, record_search, views
from services.intake.actions.access import case_to_read
from services.intake.actions.history import history
from services.intake.current import dependencies
from services.intake.pages import facts, timeline
from services.intake.rules import steps, tables
from services.intake.rules.days import bounds, today
from services.intake.rules.needs import need_of
from services.intake.rules.overlaps import AWAITED, Overlap, overlaps
from services.intake.rules.records import Case
from shared.clock import parse_rfc3339, rfc3339
from shared.ui.shell import page
from shared.web.state import caller

MAX_SHOWN = 60


@dataclass(frozen=True)
class VisitView:
    """A visit of a case (`view`, from actions/views.py), its period, its commands, the visible one first, and overlapping visits of the patient."""

    view: dict[str, Any]
    start: datetime
    end: datetime
    first: str | None
    others: Sequence[str]
    corrections: Sequence[str]
    overlaps: Sequence[Overlap]

    @property
    def id(self) -> str:
        return str(self.view["id"])


def for_desk() -> bool:
    """Whether the reader may see clinical text, messages and documents, and run commands."""
    return bool(caller().roles & {"front_desk", "admin"})


def tomorrow() -> datetime:
    """Returns the end of the current day at the hospital."""
    zone = dependencies().settings.time_zone
    end: datetime = bounds(today(page().request_context.now, zone), zone)[1]
    return end


def departments() -> names.Departments:
    """Returns the departments in the reader's language."""
    return names.departments(dependencies(), page().reader.language)


def case_context(case_id: str, everything: bool = False) -> dict[str, Any]:
    """Returns the context of the page's live part. `everything`: the whole history. Raises NoSuchCase."""
    case, desk, places = case_to_read(dependencies(), case_id), for_desk(), departments()
    view = views.view(dependencies(), case, views.DESK if desk else views.COORDINATOR)
    happened = history(dependencies(), case_id)
    step = steps.first_step(case, tomorrow()) if desk else steps.NOTHING
    cases = cases_of_patient(case)
    visits = visits_of(case, view, desk, cases)
    return {
        "case": view,
        "facts": facts,
        "desk": desk,
        "agency": names.organization_name(dependencies(), case.get("organization_id")),
        "due": parse_rfc3339(view["next"]["by"]) if view["next"]["by"] else None,
        "departments": places,
        "step": step,
        "step_visit": next((visit for visit in visits if visit.id == step.visit_id), None),
        "others": steps.other_commands(case, step) if desk else [],
        "bookable": desk and case["status"] in tables.BOOKABLE,
        "visits": [visit for visit in visits if visit.view["status"] in AWAITED],
        "past": [visit for visit in reversed(visits) if visit.view["status"] not in AWAITED],
        "letters": messages(view) if desk else [],
        "reply_owed": desk and bool(case.get("unanswered")),
        "documents": documents(view) if desk else [],
        "other_cases": other_cases(case, cases),
        "history": timeline.entries(happened if everything else happened[-MAX_SHOWN:], places),
        "earlier": 0 if everything else max(0, len(happened) - MAX_SHOWN),
    }


def visits_of(case: Case, view: dict[str, Any], desk: bool, cases: Sequence[Case] = ()) -> list[VisitView]:
    """Returns the visits in order of time; `cases` are all of the patient's, to find overlapping visits."""
    found, ends = [], tomorrow()
    for visit, visit_view in zip(case["visits"], view["visits"], strict=True):
        first, others = steps.visit_steps(visit, case, ends) if desk else (None, [])
        corrections = tables.corrections(visit, case) if desk else []
        found.append(
            VisitView(visit_view, visit["start"], visit["end"], first, others, corrections, overlaps(visit, cases))
        )
    return sorted(found, key=lambda each: each.start)


def messages(view: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns messages and notes, the newest first, with their time and author."""
    people = names.usernames(dependencies(), (each["by"] for each in view["messages"]))
    return [
        each | {"at": parse_rfc3339(each["time"]), "who": people.get(each["by"]), "code": each.get("code")}
        for each in reversed(view["messages"])
    ]


def documents(view: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the documents, the newest first."""
    return [
        each | {"at": parse_rfc3339(each["time"]), "size_words": size(each["size"])}
        for each in reversed(view["documents"])
    ]


def size(count: int) -> str:
    """Returns a size as text: 1.4 MB, 12 KB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1000))} KB"


def cases_of_patient(case: Case) -> list[Case]:
    """Returns this case and the newest other cases of its patient."""
    patient_id = case.get("patient_id")
    linked = dependencies().store.cases_by_visit.of_patient(patient_id) if patient_id else []
    return list({each["_id"]: each for each in (*linked, case)}.values())


def other_cases(case: Case, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Returns the other cases of the patient."""
    return [
        {"id": each["_id"], "reference": each["reference"], "status": each["status"], "at": each["created_at"]}
        for each in cases
        if each["_id"] != case["_id"]
    ]


def duplicates(case: Case) -> list[dict[str, Any]]:
    """Returns possible duplicates of an undecided case's person."""
    if not for_desk() or case["status"] not in tables.UNDECIDED or case.get("patient_id"):
        return []
    found: list[dict[str, Any]] = record_search.duplicates_of_case(dependencies(), case["_id"])
    return found


def interpreter_language(case: Case) -> str | None:
    """Returns the language to interpret: the first preferred one that is not Japanese; None where no interpreter is needed."""
    need = need_of(None, case)
    if not need.required or need.provided_by != "hospital":
        return None
    tags = [each["tag"] for each in case["languages"]]
    return next((tag for tag in tags if tag.partition("-")[0] != "ja"), None)


def busy_periods(case: Case, but: str = "") -> list[str]:
    """Returns the periods (UTC) of the patient's open visits in all cases, to avoid overlaps."""
    open_visits = [
        visit
        for each in cases_of_patient(case)
        for visit in each["visits"]
        if visit["status"] in AWAITED and visit["id"] != but
    ]
    return [
        f"{rfc3339(visit['start'])}/{rfc3339(visit['end'])}" for visit in sorted(open_visits, key=lambda v: v["start"])
    ]
