"""Cases as their readers see them: the front desk everything, a coordinator no clinical text, an agency its own part.

A page of cases takes one query for keys and one for the interpreters of its visits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.intake.actions.access import case_to_read
from services.intake.actions.history import history
from services.intake.dependencies import Dependencies
from services.intake.rules import agency_view, people, timeline, visits
from services.intake.rules.errors import NoSuchMessage, NoSuchVisit
from services.intake.rules.filters import Filter
from services.intake.rules.needs import need_of, status_of
from services.intake.rules.records import AttachedDocument, Cancellation, Case, Json, Message, Visit, VisitInterpreter
from shared.clock import rfc3339
from shared.paging import Window
from shared.sealing import BLOCKS, DataKey

DESK, COORDINATOR, AGENCY = "desk", "coordinator", "agency"
OPENED = {DESK: BLOCKS, COORDINATOR: ("identity",), AGENCY: BLOCKS}
NOT_FOR_COORDINATOR = ("passport", "hospital_number")
NOT_FOR_AGENCY = tuple(agency_view.HIDDEN)
VISIT_FIELDS = ("id", "status", "kind", "department", "place", "modality", "rescheduled")
View = dict[str, Any]


def view(deps: Dependencies, case: Case, reader: str) -> View:
    """Returns one case with its messages and documents."""
    key = deps.store.keyring.open_many([case["_id"]]).get(case["_id"])
    result = _view(case, key, deps.store.interpreters_of(_visit_ids([case])), reader)
    if reader != COORDINATOR:
        result["messages"] = [_message(m, key) for m in case["messages"] if reader == DESK or m["kind"] != "note"]
        result["documents"] = [
            _document(d, key, reader) for d in case["documents"] if reader == DESK or "agency" in d["visible_to"]
        ]
    return result


def views(deps: Dependencies, cases: Sequence[Case], reader: str) -> list[View]:
    """Returns cases without messages and documents."""
    keys = deps.store.keyring.open_many([case["_id"] for case in cases])
    interpreters = deps.store.interpreters_of(_visit_ids(cases))
    return [_view(case, keys.get(case["_id"]), interpreters, reader) for case in cases]


def page(deps: Dependencies, wanted: Filter, window: Window) -> list[Case]:
    """Returns a page of cases as stored."""
    return deps.store.page(wanted, window)


def case_timeline(deps: Dependencies, case_id: str, organization_id: str | None) -> list[View]:
    """Returns the timeline of a case across all services, in order of time."""
    case_to_read(deps, case_id, organization_id)
    agency = organization_id is not None
    items = []
    for each in history(deps, case_id):
        text = timeline.line_text(each.type, each.facts, agency, deps.settings.time_zone)
        if text is not None:
            by = timeline.by_whom(each.by, agency)
            items.append({"time": rfc3339(each.time), "type": each.type, "text": text, "by": by})
    return items


def new_message_view(deps: Dependencies, case: Case, reader: str = DESK) -> View:
    """Returns the last message of a case, with the case's version for its reader."""
    result = _message(case["messages"][-1], deps.store.keyring.open(case["_id"]))
    return result | {"version": _version(case, reader)}


def new_document_view(deps: Dependencies, case: Case, reader: str) -> View:
    """Returns the last document of a case, with the case's version for its reader."""
    key = deps.store.keyring.open(case["_id"])
    return _document(case["documents"][-1], key, reader) | {"version": _version(case, reader)}


def _version(case: Case, reader: str) -> int:
    return case["agency_version"] if reader == AGENCY else case["version"]


def read_message(deps: Dependencies, case_id: str, organization_id: str | None, message_id: str) -> View:
    """Returns a message that the caller may see. Raises NoSuchCase, NoSuchMessage."""
    case = case_to_read(deps, case_id, organization_id)
    for message in case["messages"]:
        if message["id"] == message_id and (organization_id is None or message["kind"] != "note"):
            return _message(message, deps.store.keyring.open(case_id))
    raise NoSuchMessage()


def receipt(case: Case) -> View:
    """Returns the response to a new case: numbers, state and `next`; nothing is decrypted for it."""
    answer: View = {
        "id": case["_id"],
        "reference": case["reference"],
        "agency_reference": case.get("agency_reference"),
        "status": case["status"],
        "next": case["next"],
        "created_at": rfc3339(case["created_at"]),
    }
    same = case.get("same_reference_as")
    return answer | ({"same_agency_reference_as": same} if same else {})


def desk_receipt(case: Case) -> View:
    """Returns the same for the front desk, with the visit of a walk-in."""
    visits = [_visit(visit, case, None, None, COORDINATOR) for visit in case["visits"]]
    return receipt(case) | {
        "version": case["version"],
        "channel": case["channel"],
        "patient_id": case.get("patient_id"),
        "visits": visits,
    }


def visit_view(deps: Dependencies, case: Case, visit_id: str) -> View:
    """Returns one visit as the front desk sees it; its version is its case's."""
    visit = visits.visit_in(case, visit_id)
    key = deps.store.keyring.open_many([case["_id"]]).get(case["_id"]) if "waiver" in visit else None
    booking = deps.store.interpreters_of([visit_id]).get(visit_id)
    about = {"version": case["version"], "case_id": case["_id"], "case_status": case["status"]}
    return _visit(visit, case, key, booking, DESK) | about


def read_visit(deps: Dependencies, visit_id: str) -> View:
    """Returns one visit by its id. Raises NoSuchVisit."""
    case = deps.store.case_of_visit(visit_id)
    if case is None:
        raise NoSuchVisit()
    return visit_view(deps, case, visit_id)


def _view(case: Case, key: DataKey | None, interpreters: Mapping[str, VisitInterpreter], reader: str) -> View:
    sealed: Json = case["sealed"]
    blocks = {name: key.open(name, sealed[name]) for name in OPENED[reader]} if key else {}
    details: View = {**people.joined(case, blocks)}
    hidden = {COORDINATOR: NOT_FOR_COORDINATOR, AGENCY: NOT_FOR_AGENCY}.get(reader, ())
    details["patient"] = {name: value for name, value in details["patient"].items() if name not in hidden}
    if reader == COORDINATOR:
        details["payer"] = {"kind": case["payer"]}
    result: View = {
        "id": case["_id"],
        "version": _version(case, reader),
        "reference": case["reference"],
        "status": case["status"],
        "next": case["next"],
        "channel": case["channel"],
        "agency_reference": case.get("agency_reference"),
        **details,
        "visits": [_visit(visit, case, key, interpreters.get(visit["id"]), reader) for visit in case["visits"]],
        "cancellation": _cancellation(case.get("cancellation")),
        "created_at": rfc3339(case["created_at"]),
        "updated_at": rfc3339(case["agency_updated_at"] if reader == AGENCY else case["updated_at"]),
    }
    closing: View = {**(case.get("closing") or {})}
    result["closing"] = {name: value for name, value in closing.items() if name != "at"} or None
    if reader == AGENCY:
        result["same_agency_reference_as"] = case.get("same_reference_as")
    else:
        result |= {"organization_id": case.get("organization_id"), "patient_id": case.get("patient_id")}
    return result


def _visit(visit: Visit, case: Case, key: DataKey | None, booking: VisitInterpreter | None, reader: str) -> View:
    need = need_of(visit, case)
    interpreter: View = {"status": status_of(need, booking)}
    result: View = {name: visit.get(name) for name in VISIT_FIELDS}
    result |= {"start": rfc3339(visit["start"]), "end": rfc3339(visit["end"]), "interpreter": interpreter}
    if reader == AGENCY:
        return result
    for name in ("booking_id", "interpreter_id", "name"):
        interpreter[name] = booking.get(name) if booking and need.required else None
    result["on_demand"] = visit["on_demand"]
    result["need"] = {"required": need.required, "provided_by": need.provided_by, "gender_wish": need.gender_wish}
    if reader == DESK and key and "waiver" in visit:
        result["need"]["waiver"] = key.open(f"waiver/{visit['id']}", visit["waiver"])
    return result


def _message(message: Message, key: DataKey | None) -> View:
    code = message.get("code")
    text = timeline.NOTES[code] if code else key.open(f"message/{message['id']}", message["sealed"]) if key else None
    return {
        "id": message["id"],
        "kind": message["kind"],
        "sent_by": message["sent_by"],
        "by": message["by"],
        "time": rfc3339(message["at"]),
        "text": text,
    } | ({"code": code} if code else {})


def _document(document: AttachedDocument, key: DataKey | None, reader: str) -> View:
    result: View = {name: document.get(name) for name in ("id", "kind", "media_type", "size", "sent_by")}
    result["name"] = key.open(f"name/{document['id']}", document["sealed"]) if key else None
    result["time"] = rfc3339(document["at"])
    return result | ({"visible_to": document["visible_to"]} if reader == DESK else {})


def _cancellation(request: Cancellation | None) -> View | None:
    return {"reason": request["reason"], "requested_at": rfc3339(request["requested_at"])} if request else None


def _visit_ids(cases: Sequence[Case]) -> list[str]:
    return [visit["id"] for case in cases for visit in case["visits"]]
