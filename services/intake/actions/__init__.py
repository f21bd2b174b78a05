"""What intake can do, one function per verb, by noun. `Dependencies` is what every action is handed: no globals, no clients made here."""

from typing import Any

from services.intake.dependencies import Dependencies
from services.intake.rules import seen_by_agency
from services.intake.rules.faults import NoSuchCase, NoSuchVisit
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.sealing import DataKey

Case = dict[str, Any]


def case_to_read(deps: Dependencies, case_id: str, organization_id: str | None = None) -> Case:
    """The case, if the asker may know of it: an agency (`organization_id`) its own, the desk all. Raises NoSuchCase."""
    case = deps.store.cases.get(case_id)
    if case is None or (organization_id is not None and case.get("organization_id") != organization_id):
        raise NoSuchCase()
    return case


def case_to_change(
    deps: Dependencies, case_id: str, context: CommandContext, organization_id: str | None = None
) -> Case:
    """The same for a change. Whose it is comes before If-Match, so that a stranger's guess of a version tells nothing."""
    case = case_to_read(deps, case_id, organization_id)
    context.expects(case, seen_by_agency.VERSION if organization_id is not None else "version")
    return case


def case_with_visit(deps: Dependencies, visit_id: str, context: CommandContext) -> Case:
    """The case that holds a visit, to change it. Raises NoSuchVisit."""
    case = deps.store.case_of_visit(visit_id)
    if case is None:
        raise NoSuchVisit()
    context.expects(case)
    return case


def words(key: DataKey, context: CommandContext, kind: str, sent_by: str, text: str) -> dict[str, Any]:
    """Written words as they lie in a case: `message`, `information`, an answer, or a `note` that only the hospital reads."""
    entry = _entry(context, kind, sent_by)
    return entry | {"sealed": key.seal(f"message/{entry['id']}", text)}


def with_mistake_noted(case: Case, context: CommandContext) -> Case:
    """With a note of the system's own, that something was taken back: a code, read in whichever language its reader has."""
    note = _entry(context, "note", "hospital") | {"code": "by_mistake"}
    return case | {"messages": [*case["messages"], note]}


def _entry(context: CommandContext, kind: str, sent_by: str) -> dict[str, Any]:
    return {"id": new_id(), "at": context.now, "by": context.actor, "sent_by": sent_by, "kind": kind}
