"""Events consumed by interpreting: intake's visits move bookings; accounts' ended sessions void their tokens; accounts and departments
update read copies."""

from collections.abc import Callable
from typing import Any

from services.interpreting.actions import visits
from services.interpreting.dependencies import Dependencies
from shared.auth_copies import ACCOUNT_HANDLERS, DEPARTMENT_HANDLERS, PEOPLE_HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.intake import (
    VisitArrived,
    VisitBooked,
    VisitCancelled,
    VisitCompleted,
    VisitCorrected,
    VisitLeft,
    VisitNoShow,
    VisitRescheduled,
    VisitUpdated,
)


def _context(event: ReceivedEvent[Any], deps: Dependencies) -> CommandContext:
    """Returns the context of what follows from a visit: it is done by the system, since nobody chose the interpreter."""
    return event.context(deps.clock(), "interpreting")


def on_visit_booked(event: ReceivedEvent[VisitBooked], deps: Dependencies) -> None:
    visits.request_booking(deps, event.data, _context(event, deps))


def on_visit_rescheduled(event: ReceivedEvent[VisitRescheduled], deps: Dependencies) -> None:
    visits.reschedule_visit(deps, event.data, _context(event, deps))


def on_visit_updated(event: ReceivedEvent[VisitUpdated], deps: Dependencies) -> None:
    visits.update_visit(deps, event.data, _context(event, deps))


def on_visit_cancelled(event: ReceivedEvent[VisitCancelled], deps: Dependencies) -> None:
    visits.end_visit(deps, event.data, "cancelled", event.data.reason, _context(event, deps))


def on_visit_arrived(event: ReceivedEvent[VisitArrived], deps: Dependencies) -> None:
    visits.start_visit(deps, event.data, _context(event, deps))


def on_visit_no_show(event: ReceivedEvent[VisitNoShow], deps: Dependencies) -> None:
    visits.end_visit(deps, event.data, "no_show", "patient_no_show", _context(event, deps))


def on_visit_left(event: ReceivedEvent[VisitLeft], deps: Dependencies) -> None:
    visits.end_visit(deps, event.data, "left", "patient_left", _context(event, deps))


def on_visit_completed(event: ReceivedEvent[VisitCompleted], deps: Dependencies) -> None:
    visits.end_visit(deps, event.data, "completed", "visit_completed", _context(event, deps))


def on_visit_corrected(event: ReceivedEvent[VisitCorrected], deps: Dependencies) -> None:
    visits.correct_visit(deps, event.data, _context(event, deps))


HANDLERS: dict[type[Event], Callable[[ReceivedEvent[Any], Any], None]] = {
    **ACCOUNT_HANDLERS,
    **DEPARTMENT_HANDLERS,
    **PEOPLE_HANDLERS,
    VisitBooked: on_visit_booked,
    VisitRescheduled: on_visit_rescheduled,
    VisitUpdated: on_visit_updated,
    VisitCancelled: on_visit_cancelled,
    VisitArrived: on_visit_arrived,
    VisitNoShow: on_visit_no_show,
    VisitLeft: on_visit_left,
    VisitCompleted: on_visit_completed,
    VisitCorrected: on_visit_corrected,
}
