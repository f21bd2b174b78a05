"""What is sent to an agency's endpoint: the type of the webhook and its body, small and the same in every attempt (Standard Webhooks)."""

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.clock import rfc3339
from shared.events import Event, Next, intake
from shared.events import interpreting as booking

EVERYTHING = "*"

# Every event after which a case's status, or the next step, is another one for the agency; the type carries the status.
OF_STATUS: tuple[type[Event], ...] = (
    intake.ReferralReceived,
    intake.CaseRegistered,
    intake.CaseReviewStarted,
    intake.CaseInformationRequested,
    intake.CaseInformationProvided,
    intake.CaseAccepted,
    intake.CaseScheduled,
    intake.CaseUnscheduled,
    intake.CaseCareStarted,
    intake.CaseDeclined,
    intake.CaseCancellationRefused,
    intake.CaseCancelled,
    intake.CaseReopened,
    intake.CaseCompleted,
)
NAMED: dict[type[Event], str] = {
    intake.VisitBooked: "visit.booked",
    intake.VisitRescheduled: "visit.rescheduled",
    intake.VisitCancelled: "visit.cancelled",
    intake.VisitNoShow: "visit.no_show",
    booking.BookingConfirmed: "interpreter.confirmed",
    booking.BookingUnfilled: "interpreter.unfilled",
}


def webhook_type(event: Any) -> str | None:
    """Returns at most one type per event; None where agencies are not notified. An agency's own message is not sent back to it."""
    if isinstance(event, OF_STATUS):
        return f"referral.{event.status}"  # type: ignore[attr-defined]
    if isinstance(event, intake.MessagePosted):
        return None if event.sent_by == "agency" else "message.posted"
    return NAMED.get(type(event))


def subscribed(events: Iterable[str], type_: str) -> bool:
    """Whether an endpoint subscribed to this type."""
    return any(wanted in (EVERYTHING, type_) for wanted in events)


def body(type_: str, time: Any, case: dict[str, Any], public_url: str) -> str:
    """Returns the bytes of every attempt, as text: built once, stored with the notification. `case` has the five fields of the webhook API."""
    data = {name: case.get(name) for name in ("id", "reference", "agency_reference", "status", "next")}
    data["link"] = f"{public_url}/intake/api/v1/referrals/{case['id']}"
    whole = {"type": type_, "timestamp": rfc3339(time), "data": data}
    return msgspec.json.encode(whole).decode()


def next_of(turn: Next) -> dict[str, Any]:
    """Returns whose turn it is, as the agencies' API shows it."""
    return {"who": turn.who, "what": turn.what, "by": turn.by}
