"""Commands on a case as pure functions: they take the case and return the changed case with its events. Visits are in visits.py.

Texts (messages, reasons in free text) are encrypted by the action before they get here as an entry. No event contains them.
"""

from datetime import datetime
from typing import Unpack

from services.intake.rules import agency_view, tables, undo
from services.intake.rules.errors import NoReplyOwed, TransitionNotAllowed
from services.intake.rules.event_data import about, about_visit, languages_of
from services.intake.rules.needs import need_of
from services.intake.rules.next_action import with_next
from services.intake.rules.records import (
    AttachedDocument,
    Cancellation,
    Case,
    CaseChanges,
    Closing,
    Message,
    StatedNeed,
    Visit,
)
from shared.events import Event, intake

Decided = tuple[Case, list[Event]]


def touched(case: Case, now: datetime, **changes: Unpack[CaseChanges]) -> Case:
    """Returns the changed case with `next` and its time of change updated; the agency's version too, if the agency can see the change.

    The previous values are recorded, so that the change can be undone.
    """
    previous = undo.previous_values(case, changes.get("visits", ()))
    after = with_next({**case, **changes, "updated_at": now, "before": previous}, now)
    return {**after, **agency_view.next_version(case, after, now)}


def receive(case: Case) -> Decided:
    """Registers a new referral of an agency."""
    after = with_next(case | {"status": "received"}, case["created_at"])
    event = intake.ReferralReceived(
        **about(after),
        department=after["request"]["department"],
        urgency=after["request"]["urgency"],
        languages=languages_of(after),
    )
    return after, [event]


def register(case: Case) -> Decided:
    """Registers a case that the front desk creates. With visits in it, it is a walk-in and in care at once."""
    after = with_next(case | {"status": "in_care" if case["visits"] else "received"}, case["created_at"])
    registered = intake.CaseRegistered(
        **about(after),
        channel=after["channel"],
        department=after["request"]["department"],
        urgency=after["request"]["urgency"],
    )
    events: list[Event] = [registered]
    for visit in after["visits"]:
        events.append(intake.VisitBooked(**about_visit(after, visit | {"status": "booked"}), on_demand=True))
        events.append(intake.VisitArrived(**about_visit(after, visit)))
    return after, events


def review(case: Case, now: datetime) -> Decided:
    after = _with_status(case, "review", now)
    return after, [intake.CaseReviewStarted(**about(after))]


def request_information(case: Case, now: datetime) -> Decided:
    after = _with_status(case, "request-information", now, unanswered=None)
    return after, [intake.CaseInformationRequested(**about(after))]


def record_information(case: Case, now: datetime) -> Decided:
    """Records the information that was asked for, whether the agency sent it or the front desk wrote it down."""
    after = _with_status(case, "record-information", now)
    return after, [intake.CaseInformationProvided(**about(after))]


def give_information(case: Case, now: datetime) -> Decided:
    """Does the same for an agency. The error lists the commands an agency may use."""
    if case["status"] not in tables.AGENCY_COMMANDS["information"]:
        raise TransitionNotAllowed("case", case["status"], "information", tables.agency_commands(case))
    return record_information(case, now)


def accept(case: Case, now: datetime, patient_id: str, patient_need: StatedNeed | None) -> Decided:
    """Accepts the case. `patient_need` is the patient's own interpreter need, used where the case states none."""
    after = _with_status(case, "accept", now, patient_id=patient_id, standing_interpreter=patient_need)
    return after, [intake.CaseAccepted(**about(after), patient_id=patient_id)]


def decline(case: Case, now: datetime, reason: str) -> Decided:
    after = _with_status(case, "decline", now, unanswered=None, closing={"reason": reason, "at": now})
    return after, [intake.CaseDeclined(**about(after), reason=reason)]


def cancel(case: Case, now: datetime, reason: str, wanted_by: str) -> Decided:
    """Cancels the case and every booked visit. It also confirms a cancellation that the agency requested."""
    tables.case_target(case, "cancel")
    visits, gone = _without_booked(case)
    closing: Closing = {"reason": reason, "wanted_by": wanted_by, "at": now}
    after = _with_status(case, "cancel", now, visits=visits, cancellation=None, unanswered=None, closing=closing)
    events: list[Event] = [
        intake.VisitCancelled(**about_visit(after, visit), reason=reason, wanted_by=wanted_by) for visit in gone
    ]
    return after, [*events, intake.CaseCancelled(**about(after), reason=reason, wanted_by=wanted_by)]


def ask_to_cancel(case: Case, now: datetime, reason: str) -> Decided:
    """Cancels at the agency's request, at once before a visit is booked. After that the request waits for the front desk; a repeat has no effect."""
    if case["status"] not in tables.AGENCY_COMMANDS["cancellation"]:
        raise TransitionNotAllowed("case", case["status"], "cancellation", tables.agency_commands(case))
    if case["status"] != "scheduled":
        return cancel(case, now, reason, "agency")
    if case.get("cancellation"):
        return case, []
    requested: Cancellation = {"reason": reason, "requested_at": now}
    after = touched(case, now, cancellation=requested)
    return after, [intake.CaseCancellationRequested(**about(after), reason=reason)]


def refuse_cancellation(case: Case, now: datetime) -> Decided:
    if not case.get("cancellation"):
        raise TransitionNotAllowed("case", case["status"], "refuse-cancellation", tables.case_commands(case))
    after = touched(case, now, cancellation=None, unanswered=None)
    return after, [intake.CaseCancellationRefused(**about(after))]


def complete(case: Case, now: datetime, outcome: str) -> Decided:
    """Completes the case; visits that are still booked are cancelled."""
    tables.case_target(case, "complete")
    visits, gone = _without_booked(case)
    closing: Closing = {"outcome": outcome, "at": now}
    after = _with_status(case, "complete", now, visits=visits, cancellation=None, unanswered=None, closing=closing)
    events: list[Event] = [
        intake.VisitCancelled(**about_visit(after, visit), reason="other", wanted_by="hospital") for visit in gone
    ]
    return after, [*events, intake.CaseCompleted(**about(after), outcome=outcome)]


def reopen(case: Case, now: datetime) -> Decided:
    after = _with_status(case, "reopen", now, closing=None)
    return after, [intake.CaseReopened(**about(after))]


def take_back_closing(case: Case, now: datetime) -> Decided:
    """Undoes a case's closing by mistake: reopens it with its deadlines as they were. Raises CannotUndo."""
    before = undo.last_change(case)
    after, events = reopen(case, now)
    return undo.with_deadlines(after, before), events


def mark_answered(case: Case, now: datetime) -> Decided:
    """Records that the agency's message needs no reply. Raises NoReplyOwed."""
    if not case.get("unanswered"):
        raise NoReplyOwed(tables.case_commands(case))
    after = touched(case, now, unanswered=None)
    return after, [intake.CaseUpdated(**about(after), fields=("unanswered",))]


def edit(case: Case, now: datetime, changes: CaseChanges, fields: list[str]) -> Decided:
    """Edits the record. Open visits publish visit.updated where language, interpreter need or urgency changed with it."""
    after = with_next({**case, **changes, "updated_at": now}, now)
    after = {**after, **agency_view.next_version(case, after, now, fields)}
    events: list[Event] = [intake.CaseUpdated(**about(after), fields=tuple(sorted(fields)))]
    for visit in after["visits"]:
        changed = _changed_facts(visit, case, after) if visit["status"] in ("booked", "arrived") else ()
        if changed:
            events.append(intake.VisitUpdated(**about_visit(after, visit), fields=changed))
    return after, events


def post_message(case: Case, now: datetime, message: Message) -> Decided:
    """Adds a message. `unanswered` is the time since when the agency has waited for a reply; triage sorts by it.

    An agency's message answers a request for information, which makes it the hospital's turn.
    """
    if message["sent_by"] == "agency" and case["status"] == "awaiting_information":
        after, events = record_information(case | {"messages": [*case["messages"], message]}, now)
        event = intake.MessagePosted(**about(after), message_id=message["id"], sent_by=message["sent_by"])
        return after, [*events, event]
    waits = (case.get("unanswered") or now) if message["sent_by"] == "agency" else None
    after = touched(case, now, messages=[*case["messages"], message], unanswered=waits)
    return after, [intake.MessagePosted(**about(after), message_id=message["id"], sent_by=message["sent_by"])]


def note(case: Case, now: datetime, message: Message) -> Decided:
    """Adds an internal note of the hospital."""
    after = touched(case, now, messages=[*case["messages"], message])
    return after, [intake.CaseUpdated(**about(after), fields=("notes",))]


def attach(case: Case, now: datetime, document: AttachedDocument) -> Decided:
    after = touched(case, now, documents=[*case["documents"], document])
    event = intake.DocumentAttached(
        **about(after),
        document_id=document["id"],
        kind=document["kind"],
        visible_to=tuple(document["visible_to"]),
        sent_by=document["sent_by"],
    )
    return after, [event]


def _with_status(case: Case, command: str, now: datetime, **changes: Unpack[CaseChanges]) -> Case:
    changes["status"] = tables.case_target(case, command).target
    return touched(case, now, **changes)


def _without_booked(case: Case) -> tuple[list[Visit], list[Visit]]:
    """Returns all visits with the booked ones cancelled, and the cancelled ones alone."""
    visits: list[Visit] = [v | {"status": "cancelled"} if v["status"] == "booked" else v for v in case["visits"]]
    return visits, [new for old, new in zip(case["visits"], visits, strict=True) if old["status"] == "booked"]


def _changed_facts(visit: Visit, before: Case, after: Case) -> tuple[str, ...]:
    pairs = {
        "languages": (languages_of(before), languages_of(after)),
        "interpreter": (need_of(visit, before), need_of(visit, after)),
        "urgency": (before["request"]["urgency"], after["request"]["urgency"]),
    }
    return tuple(name for name, (old, new) in pairs.items() if old != new)
