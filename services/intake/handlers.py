"""Handlers of the events intake consumes: interpreting's bookings and notify's deliveries, and keys, organizations, departments, accounts.

They update read copies beside the cases, never a case itself.
"""

from typing import Any

import msgspec

from services.intake.dependencies import Dependencies
from services.intake.rules.timeline import facts_of, short
from shared.auth_copies import ACCOUNT_HANDLERS, DEPARTMENT_HANDLERS, KEY_HANDLERS, PEOPLE_HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.events import Event
from shared.events import interpreting as bookings
from shared.events import notify as notices
from shared.inbox.unit_of_work import UnitOfWork, read_copy


@read_copy("visit_interpreters", "timeline_lines")
def on_booking_changed(event: ReceivedEvent[bookings.BookingEvent], deps: Dependencies) -> None:
    """Updates the visit's copy of its booking and adds a line to the case's timeline."""
    booking = event.data
    fields = {
        "booking_id": booking.booking_id,
        "status": booking.status,
        "interpreter_id": booking.interpreter_id,
        "name": booking.interpreter_name,
    }
    _unit(deps).put("visit_interpreters", booking.visit_id, fields, event.sequence)
    _line(event, booking.case_id, deps, {})


@read_copy("timeline_lines")
def on_notification_ended(event: ReceivedEvent[notices.NotificationEvent], deps: Dependencies) -> None:
    """Adds a line to the case's timeline: whether the notification was delivered."""
    if event.data.case_id:
        facts = {"channel": event.data.channel, "cause": short(event.data.event_type), "to": event.data.recipient_kind}
        _line(event, event.data.case_id, deps, facts)


def _line(event: ReceivedEvent[Any], case_id: str, deps: Dependencies, more: dict[str, Any]) -> None:
    line = {
        "_id": event.id,
        "case_id": case_id,
        "time": event.time,
        "type": short(event.type),
        "facts": facts_of(msgspec.to_builtins(event.data)) | more,
        "by": event.actor,
    }
    _unit(deps).add("timeline_lines", line)


def _unit(deps: Dependencies) -> UnitOfWork:
    if deps.unit is None:
        raise TypeError("read copies are written by the worker, inside a unit of work")
    return deps.unit


BOOKING_EVENTS: tuple[type[Event], ...] = (
    bookings.BookingRequested,
    bookings.BookingConfirmed,
    bookings.BookingRescheduled,
    bookings.BookingReleased,
    bookings.BookingReassigned,
    bookings.BookingUnfilled,
    bookings.BookingCancelled,
    bookings.BookingStarted,
    bookings.BookingCompleted,
    bookings.BookingReopened,
    bookings.BookingOffered,
    bookings.OfferDeclined,
    bookings.OfferExpired,
    bookings.OfferWithdrawn,
)

HANDLERS: dict[type[Event], Any] = {
    **ACCOUNT_HANDLERS,
    **PEOPLE_HANDLERS,
    **KEY_HANDLERS,
    **DEPARTMENT_HANDLERS,
    **dict.fromkeys(BOOKING_EVENTS, on_booking_changed),
    notices.NotificationDelivered: on_notification_ended,
    notices.NotificationDead: on_notification_ended,
    notices.NotificationSuppressed: on_notification_ended,
}
