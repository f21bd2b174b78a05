"""An application's documents, dates and hints as its applicant is shown them. Plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from services.training.rules import hands_on, programmes, readiness, states, turn
from services.training.rules.documents import requirements, stay_report, stored_documents, validity
from services.training.rules.documents.passports import Fault
from services.training.rules.documents.requirements import Requirement, RequirementStatus
from services.training.rules.records.applicants import ApplicantData, Rotation
from services.training.rules.records.applications import Application
from services.training.rules.records.documents import DecryptedDocument
from services.training.rules.records.programmes import Programme
from shared.clock import parse_rfc3339

DECIDED_WITHIN = timedelta(days=sum(turn.PROMISED_DAYS[what] for what in ("check", "check_papers", "review", "decide", "announce")))  # fmt: skip
"""The promised days of every step from submission to the letter; the same for all, whatever is decided already."""


@dataclass(frozen=True)
class DocumentRow:
    """A required document, its state, and what was uploaded for it, the newest first."""

    requirement: Requirement
    status: RequirementStatus
    documents: list[DecryptedDocument] = field(default_factory=list)


def early_hints(
    programme: Programme, decrypted: readiness.DecryptedApplication, state: str, today: date
) -> list[Fault]:
    """Returns hints on the passport, and on the licence for hands-on training; none once it is over, or while no dates are planned."""
    visit = readiness.visit_of(decrypted.application)
    if visit is None or state in states.OVER or decrypted.application["direction"] == "own":
        return []
    found = readiness.passport_faults(decrypted, visit)
    of_law = hands_on.hands_on_faults(readiness.hands_on_facts(programme, decrypted), visit, today)
    return found + [fault for fault in of_law if fault.code.startswith("licence_")]


def plan_faults(programme: Programme, plan: ApplicantData, today: date) -> list[tuple[str, str]]:
    """Returns what in a plan does not fit its period; nothing while it is incomplete. The profession belongs to another step of the form."""
    if not (plan.get("period_id") and plan.get("first_day") and plan.get("last_day")):
        return []
    found = programmes.fit_faults(programme, plan, today)
    return [(pointer, detail) for pointer, detail in found if pointer != "#/profession"]


def rows_of(
    programme: Programme, decrypted: readiness.DecryptedApplication, today: date
) -> tuple[list[DocumentRow], list[DecryptedDocument]]:
    """Returns the required documents, and uploaded ones that are not required."""
    application, visit = decrypted.application, readiness.visit_of(decrypted.application)
    if visit is None:
        required = [stored_documents.requirement_of(one) for one in programme["requirements"]]
    else:
        required = readiness.requirements_of(programme, application, visit)
    if (
        visit
        and application["status"] in (states.ACTIVE, states.COMPLETED)
        and all(one.code != stay_report.CODE for one in required)
    ):
        required.append(stay_report.report_requirement(visit.first_day, visit.last_day))
    rows = [_row(one, decrypted, visit, today) for one in required]
    codes = {one.code for one in required}
    return rows, [document for document in decrypted.documents if document["requirement"] not in codes]


def _row(
    requirement: Requirement, decrypted: readiness.DecryptedApplication, visit: validity.Visit | None, today: date
) -> DocumentRow:
    uploaded = [document for document in decrypted.documents if document["requirement"] == requirement.code]
    known = [stored_documents.document_of(document) for document in uploaded]
    status = (
        requirements.status_of(requirement, known, visit, today) if visit else _status_without_dates(requirement, known)
    )
    return DocumentRow(requirement, status, uploaded[::-1])


def _status_without_dates(
    requirement: Requirement, documents: Sequence[validity.SubmittedDocument]
) -> RequirementStatus:
    """Returns the state while no dates are planned: only whether it was uploaded is known."""
    state = documents[-1].status if documents else "missing"
    reason = validity.Reason("refused", {"why": documents[-1].why or ""}) if state == "refused" else None
    whose = {"accepted": None, "to_check": requirements.HOSPITAL}.get(state, requirement.owner)
    return RequirementStatus(requirement.code, state, requirement.stage, requirement.owner, whose, reason=reason)


def due_of(
    application: Application, programme: Programme, state: str, rows: Sequence[DocumentRow]
) -> datetime | str | None:
    """Returns until when the one whose turn it is has promised or has to act."""
    if state == states.DRAFT:
        deadline: datetime | None = programme["deadline"]
        return deadline
    if state == states.UNDER_REVIEW:
        return application["submitted_at"] + DECIDED_WITHIN if application["submitted_at"] else None
    if state == states.LAPSED:
        return None
    if state == states.CONFIRMED:
        due = [row.status.due for row in rows if row.status.turn == "applicant" and row.status.due]
        return min(due).isoformat() if due else str(application["first_day"])
    by = application["next"]["by"]
    return parse_rfc3339(by) if by else None


def planned_rotations(application: Application, programme: Programme) -> list[Rotation]:
    """Returns the rotations the applicant planned, without the one derived from the plan."""
    rotations: list[Rotation] = application.get("rotations") or []
    whole = (programme["department"], application["first_day"], application["last_day"])
    if len(rotations) == 1 and tuple(rotations[0][name] for name in ("department", "first_day", "last_day")) == whole:
        return []
    return rotations
