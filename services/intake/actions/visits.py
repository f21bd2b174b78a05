"""Visits: booked, moved and put right inside their case."""

from typing import Any

from services.intake.actions import Case, Parts, case_to_change, case_with_visit, words
from services.intake.rules import visits
from services.intake.rules.faults import CaseIsFull, DepartmentNotListed
from services.intake.rules.needs import check_waiver
from shared.ids import new_id
from shared.origin import Origin
from shared.sealing import DataKey

MOST_VISITS = 200


def book_visit(parts: Parts, case_id: str, body: dict[str, Any], origin: Origin) -> Case:
    """Books a visit in a listed department."""
    case = case_to_change(parts, case_id, origin)
    visits.check_period(body["start"], body["end"], origin.now)
    if len(case["visits"]) >= MOST_VISITS:
        raise CaseIsFull("visits", MOST_VISITS)
    listed(parts, body["department"], "#/department")
    visit = new_visit(body, case, _key_for(parts, case, body), "#")
    case, events = visits.book(case, origin.now, visit)
    return parts.store.save(case, events, origin)


def reschedule_visit(parts: Parts, visit_id: str, body: dict[str, Any], origin: Origin) -> Case:
    case = case_with_visit(parts, visit_id, origin)
    visits.check_period(body["start"], body["end"], origin.now)
    case, events = visits.reschedule(case, origin.now, visit_id, body["start"], body["end"], body["wanted_by"])
    return parts.store.save(case, events, origin)


def cancel_visit(parts: Parts, visit_id: str, reason: str, wanted_by: str, origin: Origin) -> Case:
    case = case_with_visit(parts, visit_id, origin)
    case, events = visits.cancel(case, origin.now, visit_id, reason, wanted_by)
    return parts.store.save(case, events, origin)


PLAIN_MOVES = {
    "arrive": visits.arrive,
    "leave": visits.leave,
    "complete": visits.complete,
    "no-show": visits.no_show,
}


def move_visit(parts: Parts, visit_id: str, command: str, origin: Origin) -> Case:
    """A move that needs nothing but its name."""
    case = case_with_visit(parts, visit_id, origin)
    case, events = PLAIN_MOVES[command](case, origin.now, visit_id)
    return parts.store.save(case, events, origin)


def correct_visit(parts: Parts, visit_id: str, to: str, reason: str, origin: Origin) -> Case:
    """Puts a wrong entry right; the reason is kept as a note of the hospital's."""
    case = case_with_visit(parts, visit_id, origin)
    case, events = visits.correct(case, origin.now, visit_id, to)
    note = words(parts.store.keyring.open(case["_id"]), origin, "note", "hospital", reason)
    case["messages"] = [*case["messages"], note]
    return parts.store.save(case, events, origin)


def edit_visit(parts: Parts, visit_id: str, body: dict[str, Any], origin: Origin) -> Case:
    """Changes place, modality or the interpreter's need."""
    case = case_with_visit(parts, visit_id, origin)
    changes = dict(body)
    if (need := changes.get("interpreter")) is not None:
        check_waiver(need, case["request"]["urgency"], "#/interpreter")
        changes |= _sealed_need(need, visit_id, _key_for(parts, case, body))
    case, events = visits.update(case, origin.now, visit_id, changes)
    return parts.store.save(case, events, origin)


def listed(parts: Parts, code: str, pointer: str) -> None:
    """Raises DepartmentNotListed unless a visit may be booked there."""
    if not parts.store.department_listed(code):
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


def _key_for(parts: Parts, case: Case, body: dict[str, Any]) -> DataKey | None:
    """The case's key, looked up only where there is something to seal."""
    has_waiver = "waiver" in (body.get("interpreter") or {})
    return parts.store.keyring.open(case["_id"]) if has_waiver else None
