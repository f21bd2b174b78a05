"""Loads a case for a caller who may read or change it."""

from services.intake.dependencies import Dependencies
from services.intake.rules import agency_view
from services.intake.rules.errors import NoSuchCase, NoSuchVisit
from services.intake.rules.records import Case
from shared.command_context import CommandContext


def case_to_read(deps: Dependencies, case_id: str, organization_id: str | None = None) -> Case:
    """Returns a case: to an agency (`organization_id`) only its own, to the front desk any. Raises NoSuchCase."""
    case = deps.store.cases.get(case_id)
    if case is None or (organization_id is not None and case.get("organization_id") != organization_id):
        raise NoSuchCase()
    return case


def case_to_change(
    deps: Dependencies, case_id: str, context: CommandContext, organization_id: str | None = None
) -> Case:
    """Returns a case for a change. Ownership is checked before If-Match, so a stranger who guesses a version learns nothing."""
    case = case_to_read(deps, case_id, organization_id)
    context.expects(case, agency_view.VERSION if organization_id is not None else "version")
    return case


def case_with_visit(deps: Dependencies, visit_id: str, context: CommandContext) -> Case:
    """Returns the case that contains a visit, for a change. Raises NoSuchVisit."""
    case = deps.store.case_of_visit(visit_id)
    if case is None:
        raise NoSuchVisit()
    context.expects(case)
    return case
