"""Commands on visits: book, reschedule, cancel, check in, complete, correct, edit."""

from services.intake.actions.access import case_to_change, case_with_visit
from services.intake.actions.messages import new_message
from services.intake.dependencies import Dependencies
from services.intake.rules import visits
from services.intake.rules.errors import CaseIsFull, DepartmentNotListed
from services.intake.rules.needs import check_waiver
from services.intake.rules.records import (
    Case,
    RescheduleBody,
    StatedNeed,
    Visit,
    VisitBody,
    VisitChanges,
    VisitStatus,
)
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.sealing import DataKey

MAX_VISITS = 200


def book_visit(deps: Dependencies, case_id: str, body: VisitBody, context: CommandContext) -> Case:
    """Books a visit in a listed department."""
    case = case_to_change(deps, case_id, context)
    visits.check_period(body["start"], body["end"], context.now)
    if len(case["visits"]) >= MAX_VISITS:
        raise CaseIsFull("visits", MAX_VISITS)
    check_listed(deps, body["department"], "#/department")
    visit = new_visit(body, case, _key_for(deps, case, body.get("interpreter")), "#")
    case, events = visits.book(case, context.now, visit)
    return deps.store.save(case, events, context)


def reschedule_visit(deps: Dependencies, visit_id: str, body: RescheduleBody, context: CommandContext) -> Case:
    case = case_with_visit(deps, visit_id, context)
    visits.check_period(body["start"], body["end"], context.now)
    case, events = visits.reschedule(case, context.now, visit_id, body["start"], body["end"], body["wanted_by"])
    return deps.store.save(case, events, context)


def cancel_visit(deps: Dependencies, visit_id: str, reason: str, wanted_by: str, context: CommandContext) -> Case:
    case = case_with_visit(deps, visit_id, context)
    case, events = visits.cancel(case, context.now, visit_id, reason, wanted_by)
    return deps.store.save(case, events, context)


PLAIN_MOVES = {
    "arrive": visits.arrive,
    "leave": visits.leave,
    "complete": visits.complete,
    "no-show": visits.no_show,
}


def move_visit(deps: Dependencies, visit_id: str, command: str, context: CommandContext) -> Case:
    """Runs a command that needs no arguments."""
    case = case_with_visit(deps, visit_id, context)
    case, events = PLAIN_MOVES[command](case, context.now, visit_id)
    return deps.store.save(case, events, context)


def correct_visit(deps: Dependencies, visit_id: str, to: VisitStatus, reason: str, context: CommandContext) -> Case:
    """Corrects a wrong entry; the reason is stored as an internal note."""
    case = case_with_visit(deps, visit_id, context)
    case, events = visits.correct(case, context.now, visit_id, to)
    note = new_message(deps.store.keyring.open(case["_id"]), context, "note", "hospital", reason)
    case["messages"] = [*case["messages"], note]
    return deps.store.save(case, events, context)


def edit_visit(deps: Dependencies, visit_id: str, body: VisitChanges, context: CommandContext) -> Case:
    """Changes place, modality or the interpreter's need."""
    case = case_with_visit(deps, visit_id, context)
    changes = body.copy()
    if (need := body.get("interpreter")) is not None:
        check_waiver(need, case["request"]["urgency"], "#/interpreter")
        changes["interpreter"], waiver = _sealed_need(need, visit_id, _key_for(deps, case, need))
        if waiver:
            changes["waiver"] = waiver
    case, events = visits.update(case, context.now, visit_id, changes)
    return deps.store.save(case, events, context)


def check_listed(deps: Dependencies, code: str, pointer: str) -> None:
    """Raises DepartmentNotListed unless a visit may be booked there."""
    if not deps.store.department_listed(code):
        raise DepartmentNotListed(pointer)


def new_visit(body: VisitBody, case: Case, key: DataKey | None, pointer: str) -> Visit:
    """Returns a booked visit from a validated body; `key` encrypts the waiver of a family's interpreter."""
    need = body.get("interpreter") or StatedNeed()
    check_waiver(need, case["request"]["urgency"], f"{pointer}/interpreter")
    visit_id = new_id()
    in_clear, waiver = _sealed_need(need, visit_id, key)
    visit: Visit = {
        "id": visit_id,
        "status": "booked",
        "kind": body.get("kind") or "outpatient",
        "department": body["department"],
        "start": body["start"],
        "end": body["end"],
        "place": body.get("place"),
        "modality": body.get("modality") or "on_site",
        "on_demand": False,
        "rescheduled": 0,
        "interpreter": in_clear,
    }
    return visit | {"waiver": waiver} if waiver else visit


def _sealed_need(need: StatedNeed, visit_id: str, key: DataKey | None) -> tuple[StatedNeed, bytes | None]:
    """Returns the need without its waiver, and the waiver encrypted."""
    in_clear = need.copy()
    waiver = in_clear.pop("waiver", None)
    return in_clear, key.seal(f"waiver/{visit_id}", waiver) if waiver and key else None


def _key_for(deps: Dependencies, case: Case, need: StatedNeed | None) -> DataKey | None:
    """Returns the case's key, loaded only where there is something to encrypt."""
    return deps.store.keyring.open(case["_id"]) if "waiver" in (need or {}) else None
