"""Visits: booked, moved and put right inside their case."""

from typing import Any

from services.intake.actions.access import case_to_change, case_with_visit
from services.intake.actions.messages import new_message
from services.intake.dependencies import Dependencies
from services.intake.rules import visits
from services.intake.rules.errors import CaseIsFull, DepartmentNotListed
from services.intake.rules.needs import check_waiver
from services.intake.rules.records import Case
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.sealing import DataKey

MOST_VISITS = 200


def book_visit(deps: Dependencies, case_id: str, body: dict[str, Any], context: CommandContext) -> Case:
    """Books a visit in a listed department."""
    case = case_to_change(deps, case_id, context)
    visits.check_period(body["start"], body["end"], context.now)
    if len(case["visits"]) >= MOST_VISITS:
        raise CaseIsFull("visits", MOST_VISITS)
    listed(deps, body["department"], "#/department")
    visit = new_visit(body, case, _key_for(deps, case, body), "#")
    case, events = visits.book(case, context.now, visit)
    return deps.store.save(case, events, context)


def reschedule_visit(deps: Dependencies, visit_id: str, body: dict[str, Any], context: CommandContext) -> Case:
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
    """A move that needs nothing but its name."""
    case = case_with_visit(deps, visit_id, context)
    case, events = PLAIN_MOVES[command](case, context.now, visit_id)
    return deps.store.save(case, events, context)


def correct_visit(deps: Dependencies, visit_id: str, to: str, reason: str, context: CommandContext) -> Case:
    """Puts a wrong entry right; the reason is kept as a note of the hospital's."""
    case = case_with_visit(deps, visit_id, context)
    case, events = visits.correct(case, context.now, visit_id, to)
    note = new_message(deps.store.keyring.open(case["_id"]), context, "note", "hospital", reason)
    case["messages"] = [*case["messages"], note]
    return deps.store.save(case, events, context)


def edit_visit(deps: Dependencies, visit_id: str, body: dict[str, Any], context: CommandContext) -> Case:
    """Changes place, modality or the interpreter's need."""
    case = case_with_visit(deps, visit_id, context)
    changes = dict(body)
    if (need := changes.get("interpreter")) is not None:
        check_waiver(need, case["request"]["urgency"], "#/interpreter")
        changes |= _sealed_need(need, visit_id, _key_for(deps, case, body))
    case, events = visits.update(case, context.now, visit_id, changes)
    return deps.store.save(case, events, context)


def listed(deps: Dependencies, code: str, pointer: str) -> None:
    """Raises DepartmentNotListed unless a visit may be booked there."""
    if not deps.store.department_listed(code):
        raise DepartmentNotListed(pointer)


def new_visit(body: dict[str, Any], case: Case, key: DataKey | None, pointer: str) -> dict[str, Any]:
    """A booked visit from a checked body; `key` seals what is said of a family's waiver."""
    need = body.get("interpreter") or {}
    check_waiver(need, case["request"]["urgency"], f"{pointer}/interpreter")
    visit_id = new_id()
    return {
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
    } | _sealed_need(need, visit_id, key)


def _sealed_need(need: dict[str, Any], visit_id: str, key: DataKey | None) -> dict[str, Any]:
    plain = {name: value for name, value in need.items() if name != "waiver"}
    if "waiver" not in need or key is None:
        return {"interpreter": plain}
    return {"interpreter": plain, "waiver": key.seal(f"waiver/{visit_id}", need["waiver"])}


def _key_for(deps: Dependencies, case: Case, body: dict[str, Any]) -> DataKey | None:
    """The case's key, looked up only where there is something to seal."""
    has_waiver = "waiver" in (body.get("interpreter") or {})
    return deps.store.keyring.open(case["_id"]) if has_waiver else None
