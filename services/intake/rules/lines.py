"""The lines of a case's timeline in plain English, made of codes; which of them an agency sees. Words of people are not in it."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from shared.clock import in_words, parse_rfc3339
from shared.texts import fill

LINES = {
    "referral.received": "Referral received for {department} ({urgency}).",
    "case.registered": "Registered at the desk ({channel}) for {department}.",
    "case.review_started": "Review started.",
    "case.information_requested": "More information was asked for.",
    "case.information_provided": "The information asked for came in.",
    "case.accepted": "Accepted.",
    "case.scheduled": "The first visit is booked.",
    "case.unscheduled": "No visit is booked any more.",
    "case.care_started": "The patient is in care.",
    "case.updated": "The record was edited: {fields}.",
    "case.declined": "Declined: {reason}.",
    "case.cancellation_requested": "The agency asks to cancel: {reason}.",
    "case.cancellation_refused": "The cancellation was refused.",
    "case.cancelled": "Cancelled: {reason}, wanted by {wanted_by}.",
    "case.reopened": "Reopened.",
    "case.completed": "Completed: {outcome}.",
    "visit.booked": "Visit booked in {department}: {start} to {end}.",
    "visit.rescheduled": "Visit moved from {previous_start} to {start}, wanted by {wanted_by}.",
    "visit.updated": "Visit changed: {fields}.",
    "visit.cancelled": "Visit of {start} cancelled: {reason}, wanted by {wanted_by}.",
    "visit.arrived": "The patient arrived.",
    "visit.no_show": "The patient did not come.",
    "visit.left": "The patient left before being seen.",
    "visit.completed": "The visit took place.",
    "visit.corrected": "Entry corrected: {corrected_from} is now {visit_status}.",
    "document.attached": "Document attached: {kind}.",
    "message.posted": "Message from the {sent_by}.",
    "booking.requested": "Interpreter asked for: {language}.",
    "booking.confirmed": "Interpreter booked: {interpreter_name}.",
    "booking.rescheduled": "The interpreter's booking moved to {start}.",
    "booking.released": "The interpreter is released: {reason}.",
    "booking.reassigned": "Another interpreter has taken over: {interpreter_name}.",
    "booking.unfilled": "No interpreter could be found yet for {language}.",
    "booking.cancelled": "The interpreter's booking is cancelled: {reason}.",
    "booking.started": "Interpreting began.",
    "booking.completed": "Interpreting ended: {outcome}.",
    "booking.reopened": "An interpreter is asked for again.",
    "booking.offered": "Interpreters were asked for {language}.",
    "offer.declined": "An interpreter declined.",
    "offer.expired": "An offer to interpret was not answered in time.",
    "offer.withdrawn": "An offer to interpret is no longer open: {reason}.",
    "notification.delivered": "Notice delivered by {channel}: {cause}.",
    "notification.dead": "Notice by {channel} could not be delivered: {cause} ({reason}).",
    "notification.suppressed": "Nobody was told by {channel}: {cause} ({reason}).",
}
AGENCY_LINES = {
    "booking.confirmed": "Interpreter booked.",
    "booking.reassigned": "Another interpreter has taken over.",
}
NOTES = {"by_mistake": "Entered by mistake, taken back."}
"""Notes that the system writes, by their code."""
HIDDEN_FROM_AGENCY = (
    "case.updated", "case.registered", "notification.delivered", "notification.dead", "notification.suppressed",
    "booking.offered", "offer.declined", "offer.expired", "offer.withdrawn",
)  # fmt: skip
FACTS = (
    "department", "urgency", "channel", "fields", "reason", "wanted_by", "outcome", "start", "end", "previous_start", "corrected_from",
    "visit_status", "kind", "sent_by", "language", "interpreter_name", "visible_to",
)  # fmt: skip
"""What of an event's data a line may need; of others' events nothing else is kept."""


TIMES = ("start", "end", "previous_start")


def short(type_: str) -> str:
    """`visit.booked` of `intake.visit.booked.v1`."""
    return type_.partition(".")[2].rpartition(".")[0]


def facts_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a line is made of."""
    return {name: data[name] for name in FACTS if data.get(name) is not None}


def shown(type_: str, facts: Mapping[str, Any], for_agency: bool, zone: ZoneInfo) -> str | None:
    """The text of one line, its times in `zone`; None where this reader does not see it."""
    if for_agency and (type_ in HIDDEN_FROM_AGENCY or "agency" not in facts.get("visible_to", ("agency",))):
        return None
    template = (AGENCY_LINES.get(type_) if for_agency else None) or LINES.get(type_, type_)
    times = {name: in_words(parse_rfc3339(facts[name]), zone) for name in TIMES if facts.get(name)}
    return fill(template, _Plain({**facts, **times}))


def by_whom(actor: str, for_agency: bool) -> str:
    """Who did it: an agency reads `agency`, `hospital` or `system`, the desk the account or key."""
    kind = actor.partition(":")[0]
    return {"key": "agency", "account": "hospital"}.get(kind, "system") if for_agency else actor


class _Plain(dict[str, Any]):
    """Facts as words; one that is not there is said as `unknown`."""

    def __getitem__(self, name: str) -> Any:
        value = dict.get(self, name)
        return "unknown" if value is None else ", ".join(value) if isinstance(value, list | tuple) else value
