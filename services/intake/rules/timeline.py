"""Texts of a case's timeline in English, built from codes, and which lines an agency sees. They contain nothing that people wrote."""

from typing import Any
from zoneinfo import ZoneInfo

from services.intake.rules.records import Json
from shared.clock import in_words, parse_rfc3339
from shared.texts import fill

LINES = {
    "referral.received": "Referral received for {department} ({urgency}).",
    "case.registered": "Case registered ({channel}) for {department}.",
    "case.review_started": "Review started.",
    "case.information_requested": "Information requested.",
    "case.information_provided": "Requested information received.",
    "case.accepted": "Case accepted.",
    "case.scheduled": "First visit booked.",
    "case.unscheduled": "No booked visit left.",
    "case.care_started": "Care started.",
    "case.updated": "Case changed: {fields}.",
    "case.declined": "Case declined: {reason}.",
    "case.cancellation_requested": "Agency requested cancellation: {reason}.",
    "case.cancellation_refused": "Cancellation request refused.",
    "case.cancelled": "Case cancelled: {reason} (cause: {wanted_by}).",
    "case.reopened": "Case reopened.",
    "case.completed": "Case completed: {outcome}.",
    "visit.booked": "Visit booked in {department}: {start} to {end}.",
    "visit.rescheduled": "Visit moved from {previous_start} to {start} (cause: {wanted_by}).",
    "visit.updated": "Visit changed: {fields}.",
    "visit.cancelled": "Visit on {start} cancelled: {reason} (cause: {wanted_by}).",
    "visit.arrived": "Patient checked in.",
    "visit.no_show": "Patient marked as no-show.",
    "visit.left": "Patient left without being seen.",
    "visit.completed": "Patient seen.",
    "visit.corrected": "Status corrected from {corrected_from} to {visit_status}.",
    "document.attached": "Document added: {kind}.",
    "message.posted": "Message from the {sent_by}.",
    "booking.requested": "Interpreter requested: {language}.",
    "booking.confirmed": "Interpreter confirmed: {interpreter_name}.",
    "booking.rescheduled": "Interpreter's time changed to {start}.",
    "booking.released": "Interpreter released: {reason}.",
    "booking.reassigned": "Interpreter replaced: {interpreter_name}.",
    "booking.unfilled": "No interpreter for {language} yet.",
    "booking.cancelled": "Interpreter's booking cancelled: {reason}.",
    "booking.started": "Interpreting started.",
    "booking.completed": "Interpreting finished: {outcome}.",
    "booking.reopened": "Interpreter requested again.",
    "booking.offered": "Offer sent to interpreters: {language}.",
    "offer.declined": "An interpreter declined the offer.",
    "offer.expired": "An offer expired without an answer.",
    "offer.withdrawn": "Offer withdrawn: {reason}.",
    "notification.delivered": "Notification delivered by {channel}: {cause}.",
    "notification.dead": "Notification by {channel} not delivered: {cause} ({reason}).",
    "notification.suppressed": "Notification by {channel} not sent: {cause} ({reason}).",
}
AGENCY_LINES = {
    "booking.confirmed": "Interpreter confirmed.",
    "booking.reassigned": "Interpreter replaced.",
}
NOTES = {"by_mistake": "Registered by mistake and undone."}
"""Notes written by the system, by code."""
HIDDEN_FROM_AGENCY = (
    "case.updated", "case.registered", "notification.delivered", "notification.dead", "notification.suppressed",
    "booking.offered", "offer.declined", "offer.expired", "offer.withdrawn",
)  # fmt: skip
FACTS = (
    "department", "urgency", "channel", "fields", "reason", "wanted_by", "outcome", "start", "end", "previous_start", "corrected_from",
    "visit_status", "kind", "sent_by", "language", "interpreter_name", "visible_to",
)  # fmt: skip
"""Fields of an event's data that a line may need. Nothing else of another service's events is stored."""


Facts = dict[str, Any]
TIMES = ("start", "end", "previous_start")


def short(type_: str) -> str:
    """Returns `visit.booked` for `intake.visit.booked.v1`."""
    return type_.partition(".")[2].rpartition(".")[0]


def facts_of(data: Json) -> Facts:
    """Returns the fields of an event's data that its line is built from."""
    return {name: data[name] for name in FACTS if data.get(name) is not None}


def line_text(type_: str, facts: Json, for_agency: bool, zone: ZoneInfo) -> str | None:
    """Returns the text of one line with its times in `zone`, or None if this reader may not see it."""
    if for_agency and (type_ in HIDDEN_FROM_AGENCY or "agency" not in facts.get("visible_to", ("agency",))):
        return None
    template = (AGENCY_LINES.get(type_) if for_agency else None) or LINES.get(type_, type_)
    times = {name: in_words(parse_rfc3339(facts[name]), zone) for name in TIMES if facts.get(name)}
    return fill(template, _Plain({**facts, **times}))


def by_whom(actor: str, for_agency: bool) -> str:
    """Returns the actor for a reader: an agency sees `agency`, `hospital` or `system`, the front desk sees the account or key."""
    kind = actor.partition(":")[0]
    return {"key": "agency", "account": "hospital"}.get(kind, "system") if for_agency else actor


class _Plain(dict[str, Any]):
    """Facts as texts; a missing one reads `unknown`."""

    def __getitem__(self, name: str) -> Any:
        value = dict.get(self, name)
        return "unknown" if value is None else ", ".join(value) if isinstance(value, list | tuple) else value
