"""What is sent to an agency's endpoint: the type of the webhook and its body, small and the same in every attempt (Standard Webhooks)."""

from collections.abc import Iterable
from datetime import datetime
from typing import NotRequired, TypedDict

import msgspec

from services.notify.rules.copies import NextStep
from shared.clock import rfc3339
from shared.events import Event, Next, intake
from shared.events import interpreting as booking

WILDCARD = "*"

STATUS_EVENTS = (
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
"""Every event after which a case's status, or the next step, is another one for the agency; the type carries the status."""
WEBHOOK_TYPES: dict[type[Event], str] = {
    intake.VisitBooked: "visit.booked",
    intake.VisitRescheduled: "visit.rescheduled",
    intake.VisitCancelled: "visit.cancelled",
    intake.VisitNoShow: "visit.no_show",
    booking.BookingConfirmed: "interpreter.confirmed",
    booking.BookingUnfilled: "interpreter.unfilled",
}


class WebhookCase(TypedDict, total=False):
    """The case in a webhook's body, in the order of the API's fields."""

    id: str | None
    reference: str | None
    agency_reference: str | None
    status: str | None
    next: NextStep | None


class EndpointStop(TypedDict):
    """The record of an endpoint that answered 410 Gone; `sequence` is that of the event that it was last changed by."""

    _id: str
    organization_id: str
    sequence: int
    at: datetime
    version: NotRequired[int]
    last_sequence: NotRequired[int]


def webhook_type(event: Event) -> str | None:
    """Returns at most one type per event; None where agencies are not notified. An agency's own message is not sent back to it."""
    if isinstance(event, STATUS_EVENTS):
        return f"referral.{event.status}"
    if isinstance(event, intake.MessagePosted):
        return None if event.sent_by == "agency" else "message.posted"
    return WEBHOOK_TYPES.get(type(event))


def is_subscribed(events: Iterable[str], type_: str) -> bool:
    """Whether an endpoint subscribed to this type."""
    return any(wanted in (WILDCARD, type_) for wanted in events)


def webhook_body(type_: str, time: datetime, case: WebhookCase, public_url: str) -> str:
    """Returns the bytes of every attempt, as text: built once, stored with the notification."""
    data = {
        "id": case.get("id"),
        "reference": case.get("reference"),
        "agency_reference": case.get("agency_reference"),
        "status": case.get("status"),
        "next": case.get("next"),
        "link": f"{public_url}/intake/api/v1/referrals/{case['id']}",
    }
    whole = {"type": type_, "timestamp": rfc3339(time), "data": data}
    return msgspec.json.encode(whole).decode()


def next_step(turn: Next) -> NextStep:
    """Returns whose turn it is, as the agencies' API shows it."""
    return {"who": turn.who, "what": turn.what, "by": turn.by}
