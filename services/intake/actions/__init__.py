"""What intake can do, one function per verb, by noun. `Parts` is what every action is handed: no globals, no clients made here."""

from dataclasses import dataclass, replace
from typing import Any

from services.intake.rules import seen_by_agency
from services.intake.rules.faults import NoSuchCase, NoSuchVisit
from services.intake.store import Store
from shared.clock import Clock
from shared.ids import new_id
from shared.inbox.unit_of_work import UnitOfWork
from shared.origin import Origin
from shared.sealing import DataKey
from shared.settings import Settings

Case = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """The parts of one process; `unit` is there while events are handled."""

    store: Store
    clock: Clock
    settings: Settings
    unit: UnitOfWork | None = None

    def within(self, unit: UnitOfWork) -> "Parts":
        return replace(self, store=self.store.within(unit), unit=unit)


def case_to_read(parts: Parts, case_id: str, organization_id: str | None = None) -> Case:
    """The case, if the asker may know of it: an agency (`organization_id`) its own, the desk all. Raises NoSuchCase."""
    case = parts.store.cases.get(case_id)
    if case is None or (organization_id is not None and case.get("organization_id") != organization_id):
        raise NoSuchCase()
    return case


def case_to_change(parts: Parts, case_id: str, origin: Origin, organization_id: str | None = None) -> Case:
    """The same for a change. Whose it is comes before If-Match, so that a stranger's guess of a version tells nothing."""
    case = case_to_read(parts, case_id, organization_id)
    origin.expects(case, seen_by_agency.VERSION if organization_id is not None else "version")
    return case


def case_with_visit(parts: Parts, visit_id: str, origin: Origin) -> Case:
    """The case that holds a visit, to change it. Raises NoSuchVisit."""
    case = parts.store.case_of_visit(visit_id)
    if case is None:
        raise NoSuchVisit()
    origin.expects(case)
    return case


def words(key: DataKey, origin: Origin, kind: str, sent_by: str, text: str) -> dict[str, Any]:
    """Written words as they lie in a case: `message`, `information`, an answer, or a `note` that only the hospital reads."""
    entry = _entry(origin, kind, sent_by)
    return entry | {"sealed": key.seal(f"message/{entry['id']}", text)}


def with_mistake_noted(case: Case, origin: Origin) -> Case:
    """With a note of the system's own, that something was taken back: a code, read in whichever language its reader has."""
    note = _entry(origin, "note", "hospital") | {"code": "by_mistake"}
    return case | {"messages": [*case["messages"], note]}


def _entry(origin: Origin, kind: str, sent_by: str) -> dict[str, Any]:
    return {"id": new_id(), "at": origin.now, "by": origin.actor, "sent_by": sent_by, "kind": kind}
