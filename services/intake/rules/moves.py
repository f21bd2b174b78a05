"""Commands on a case as pure functions: the case in, the case after and its events out. Visits have their own file.

Words (messages, reasons in free text) are sealed by the action before they come here as an entry; they are in no event.
"""

from datetime import datetime
from typing import Any

from services.intake.rules import seen_by_agency, tables, undo
from services.intake.rules.event_data import about, about_visit, languages_of
from services.intake.rules.faults import MoveNotDrawn, NoReplyOwed
from services.intake.rules.needs import need_of
from services.intake.rules.turn import turned
from shared.events import Event
from shared.events import intake as say

Case = dict[str, Any]
Decided = tuple[Case, list[Event]]


def touched(case: Case, now: datetime, **changes: Any) -> Case:
    """The case with changes, its `next` and time of change renewed, for its agency too where it can see them.

    What they changed is noted, to be taken back.
    """
    before = undo.noted(case, changes)
    after = turned(case | changes | {"updated_at": now, "before": before}, now)
    return after | seen_by_agency.moved(case, after, now)


def received(case: Case) -> Decided:
    """A new referral of an agency."""
    after = turned(case | {"status": "received"}, case["created_at"])
    event = say.ReferralReceived(
        **about(after),
        department=after["request"]["department"],
        urgency=after["request"]["urgency"],
        languages=languages_of(after),
    )
    return after, [event]


def registered(case: Case) -> Decided:
    """A new case the desk brings; with visits in it, it is a walk-in and in care at once."""
    after = turned(case | {"status": "in_care" if case["visits"] else "received"}, case["created_at"])
    facts = {"department": after["request"]["department"], "urgency": after["request"]["urgency"]}
    events: list[Event] = [say.CaseRegistered(**about(after), channel=after["channel"], **facts)]
    for visit in after["visits"]:
        events.append(say.VisitBooked(**about_visit(after, visit | {"status": "booked"}), on_demand=True))
        events.append(say.VisitArrived(**about_visit(after, visit)))
    return after, events


def review(case: Case, now: datetime) -> Decided:
    after = _moved(case, "review", now)
    return after, [say.CaseReviewStarted(**about(after))]


def request_information(case: Case, now: datetime) -> Decided:
    after = _moved(case, "request-information", now, unanswered=None)
    return after, [say.CaseInformationRequested(**about(after))]


def record_information(case: Case, now: datetime) -> Decided:
    """The information asked for, from the agency or written down by the desk."""
    after = _moved(case, "record-information", now)
    return after, [say.CaseInformationProvided(**about(after))]


def give_information(case: Case, now: datetime) -> Decided:
    """The same by the agency; a refusal names what an agency may do."""
    if case["status"] not in tables.AGENCY_COMMANDS["information"]:
        raise MoveNotDrawn("case", case["status"], "information", tables.agency_commands(case))
    return record_information(case, now)


def accept(case: Case, now: datetime, patient_id: str, standing: dict[str, Any] | None) -> Decided:
    """`standing` is the patient's own wish for an interpreter, which counts where the case states none."""
    after = _moved(case, "accept", now, patient_id=patient_id, standing_interpreter=standing)
    return after, [say.CaseAccepted(**about(after), patient_id=patient_id)]


def decline(case: Case, now: datetime, reason: str) -> Decided:
    after = _moved(case, "decline", now, unanswered=None, closing={"reason": reason, "at": now})
    return after, [say.CaseDeclined(**about(after), reason=reason)]


def cancel(case: Case, now: datetime, reason: str, wanted_by: str) -> Decided:
    """Cancels the case with every booked visit; also confirms what an agency asked for."""
    tables.case_target(case, "cancel")
    visits, gone = _without_booked(case)
    closing = {"reason": reason, "wanted_by": wanted_by, "at": now}
    after = _moved(case, "cancel", now, visits=visits, cancellation=None, unanswered=None, closing=closing)
    events: list[Event] = [
        say.VisitCancelled(**about_visit(after, visit), reason=reason, wanted_by=wanted_by) for visit in gone
    ]
    return after, [*events, say.CaseCancelled(**about(after), reason=reason, wanted_by=wanted_by)]


def ask_to_cancel(case: Case, now: datetime, reason: str) -> Decided:
    """An agency's wish: cancelled at once before a visit is booked; after that it waits for the desk, said once."""
    if case["status"] not in tables.AGENCY_COMMANDS["cancellation"]:
        raise MoveNotDrawn("case", case["status"], "cancellation", tables.agency_commands(case))
    if case["status"] != "scheduled":
        return cancel(case, now, reason, "agency")
    if case.get("cancellation"):
        return case, []
    after = touched(case, now, cancellation={"reason": reason, "requested_at": now})
    return after, [say.CaseCancellationRequested(**about(after), reason=reason)]


def refuse_cancellation(case: Case, now: datetime) -> Decided:
    if not case.get("cancellation"):
        raise MoveNotDrawn("case", case["status"], "refuse-cancellation", tables.case_commands(case))
    after = touched(case, now, cancellation=None, unanswered=None)
    return after, [say.CaseCancellationRefused(**about(after))]


def complete(case: Case, now: datetime, outcome: str) -> Decided:
    """Ends the matter; what is still booked is cancelled."""
    tables.case_target(case, "complete")
    visits, gone = _without_booked(case)
    closing = {"outcome": outcome, "at": now}
    after = _moved(case, "complete", now, visits=visits, cancellation=None, unanswered=None, closing=closing)
    events: list[Event] = [
        say.VisitCancelled(**about_visit(after, visit), reason="other", wanted_by="hospital") for visit in gone
    ]
    return after, [*events, say.CaseCompleted(**about(after), outcome=outcome)]


def reopen(case: Case, now: datetime) -> Decided:
    after = _moved(case, "reopen", now, closing=None)
    return after, [say.CaseReopened(**about(after))]


def take_back_closing(case: Case, now: datetime) -> Decided:
    """A closing that was a mistake: opened again, with the clocks as they were. Raises NothingToTakeBack."""
    before = undo.last_change(case)
    after, events = reopen(case, now)
    return undo.with_clocks(after, before), events


def mark_answered(case: Case, now: datetime) -> Decided:
    """The agency wrote, and no reply is needed. Raises NoReplyOwed."""
    if not case.get("unanswered"):
        raise NoReplyOwed(tables.case_commands(case))
    after = touched(case, now, unanswered=None)
    return after, [say.CaseUpdated(**about(after), fields=("unanswered",))]


def edit(case: Case, now: datetime, changes: Case, fields: list[str]) -> Decided:
    """An edit of the record; visits to come say visit.updated where language, need or urgency changed with it."""
    after = turned(case | changes | {"updated_at": now}, now)
    after |= seen_by_agency.moved(case, after, now, fields)
    events: list[Event] = [say.CaseUpdated(**about(after), fields=tuple(sorted(fields)))]
    for visit in after["visits"]:
        changed = _changed_facts(visit, case, after) if visit["status"] in ("booked", "arrived") else ()
        if changed:
            events.append(say.VisitUpdated(**about_visit(after, visit), fields=changed))
    return after, events


def post_message(case: Case, now: datetime, message: dict[str, Any]) -> Decided:
    """`unanswered` is since when the other side waits for words of ours: the desk's triage goes by it.

    A message of the agency's, where information was asked for, is the answer: it is the hospital's turn again.
    """
    if message["sent_by"] == "agency" and case["status"] == "awaiting_information":
        after, events = record_information(case | {"messages": [*case["messages"], message]}, now)
        event = say.MessagePosted(**about(after), message_id=message["id"], sent_by=message["sent_by"])
        return after, [*events, event]
    waits = (case.get("unanswered") or now) if message["sent_by"] == "agency" else None
    after = touched(case, now, messages=[*case["messages"], message], unanswered=waits)
    return after, [say.MessagePosted(**about(after), message_id=message["id"], sent_by=message["sent_by"])]


def note(case: Case, now: datetime, message: dict[str, Any]) -> Decided:
    """Words of the hospital's own."""
    after = touched(case, now, messages=[*case["messages"], message])
    return after, [say.CaseUpdated(**about(after), fields=("notes",))]


def attach(case: Case, now: datetime, document: dict[str, Any]) -> Decided:
    after = touched(case, now, documents=[*case["documents"], document])
    event = say.DocumentAttached(
        **about(after),
        document_id=document["id"],
        kind=document["kind"],
        visible_to=tuple(document["visible_to"]),
        sent_by=document["sent_by"],
    )
    return after, [event]


def _moved(case: Case, command: str, now: datetime, **changes: Any) -> Case:
    return touched(case, now, status=tables.case_target(case, command).target, **changes)


def _without_booked(case: Case) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All visits with the booked ones cancelled, and those alone."""
    visits = [v | {"status": "cancelled"} if v["status"] == "booked" else v for v in case["visits"]]
    return visits, [new for old, new in zip(case["visits"], visits, strict=True) if old["status"] == "booked"]


def _changed_facts(visit: dict[str, Any], before: Case, after: Case) -> tuple[str, ...]:
    pairs = {
        "languages": (languages_of(before), languages_of(after)),
        "interpreter": (need_of(visit, before), need_of(visit, after)),
        "urgency": (before["request"]["urgency"], after["request"]["urgency"]),
    }
    return tuple(name for name, (old, new) in pairs.items() if old != new)
