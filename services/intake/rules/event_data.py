"""Builds the data of events about a case or a visit from the record as it is after the change."""

from collections.abc import Sequence
from typing import TypedDict

from services.intake.rules import tables
from services.intake.rules.needs import need_of
from services.intake.rules.next_action import event_next
from services.intake.rules.records import Case, Visit, VisitStatus
from shared.clock import rfc3339
from shared.events import Event, Next
from shared.events.intake import CaseCareStarted, CaseScheduled, CaseUnscheduled, InterpreterNeed, Language

FOLLOWS = {"case.scheduled": CaseScheduled, "case.unscheduled": CaseUnscheduled, "case.care_started": CaseCareStarted}


class CaseFields(TypedDict):
    """The fields that every event about a case has."""

    case_id: str
    reference: str
    status: str
    next: Next
    organization_id: str | None
    agency_reference: str | None


class VisitFields(CaseFields):
    """The fields that every event about a visit has."""

    visit_id: str
    visit_status: VisitStatus
    department: str
    start: str
    end: str
    languages: tuple[Language, ...]
    interpreter: InterpreterNeed
    place: str | None
    modality: str
    urgency: str


def about(case: Case) -> CaseFields:
    """Returns the fields that every event about a case has."""
    return {
        "case_id": case["_id"],
        "reference": case["reference"],
        "status": case["status"],
        "next": event_next(case),
        "organization_id": case.get("organization_id"),
        "agency_reference": case.get("agency_reference"),
    }


def about_visit(case: Case, visit: Visit) -> VisitFields:
    """Returns the fields that every event about a visit has, with the visit as it now is."""
    return {
        **about(case),
        "visit_id": visit["id"],
        "visit_status": visit["status"],
        "department": visit["department"],
        "start": rfc3339(visit["start"]),
        "end": rfc3339(visit["end"]),
        "languages": languages_of(case),
        "interpreter": need_of(visit, case),
        "place": visit.get("place"),
        "modality": visit["modality"],
        "urgency": visit.get("urgency") or case["request"]["urgency"],
    }


def languages_of(case: Case) -> tuple[Language, ...]:
    """Returns the patient's languages in order of preference."""
    return tuple(Language(language["tag"], language.get("level")) for language in case["languages"])


def followed(before: Case, after: Case) -> Sequence[Event]:
    """Returns the case's own event where its visits moved it to another state, else none."""
    if before["status"] == after["status"]:
        return ()
    return (FOLLOWS[tables.CASE_FOLLOWS[before["status"], after["status"]]](**about(after)),)
