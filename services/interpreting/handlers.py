"""Events consumed by interpreting: intake's visits move bookings; accounts' ended sessions close the API to their tokens; who is who."""

from collections.abc import Callable
from typing import Any

from services.interpreting import actions
from services.interpreting.actions import Parts
from shared.auth_copies import ACCOUNT_HANDLERS, DEPARTMENT_HANDLERS, PEOPLE_HANDLERS
from shared.broker.envelope import ReceivedEvent
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
from shared.origin import Origin


def _origin(event: ReceivedEvent[Any], parts: Parts) -> Origin:
    """What follows from a visit is done by the system: nobody chose the interpreter."""
    return event.origin(parts.clock(), "interpreting")


def on_visit_booked(event: ReceivedEvent[VisitBooked], parts: Parts) -> None:
    actions.request_booking(parts, event.data, _origin(event, parts))


def on_visit_rescheduled(event: ReceivedEvent[VisitRescheduled], parts: Parts) -> None:
    actions.reschedule_visit(parts, event.data, _origin(event, parts))


def on_visit_updated(event: ReceivedEvent[VisitUpdated], parts: Parts) -> None:
    actions.update_visit(parts, event.data, _origin(event, parts))


def on_visit_cancelled(event: ReceivedEvent[VisitCancelled], parts: Parts) -> None:
    actions.end_visit(parts, event.data, "cancelled", event.data.reason, _origin(event, parts))


def on_visit_arrived(event: ReceivedEvent[VisitArrived], parts: Parts) -> None:
    actions.start_visit(parts, event.data, _origin(event, parts))


def on_visit_no_show(event: ReceivedEvent[VisitNoShow], parts: Parts) -> None:
    actions.end_visit(parts, event.data, "no_show", "patient_no_show", _origin(event, parts))


def on_visit_left(event: ReceivedEvent[VisitLeft], parts: Parts) -> None:
    actions.end_visit(parts, event.data, "left", "patient_left", _origin(event, parts))


def on_visit_completed(event: ReceivedEvent[VisitCompleted], parts: Parts) -> None:
    actions.end_visit(parts, event.data, "completed", "visit_completed", _origin(event, parts))


def on_visit_corrected(event: ReceivedEvent[VisitCorrected], parts: Parts) -> None:
    actions.correct_visit(parts, event.data, _origin(event, parts))


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
