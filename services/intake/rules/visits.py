"""Commands on a visit as pure functions. A visit is part of its case, so one write changes both and the case's state follows."""

from collections.abc import Callable
from datetime import datetime, timedelta

from services.intake.rules import cases, tables, undo
from services.intake.rules.cases import Decided, touched
from services.intake.rules.errors import CannotUndo, NoSuchVisit, TransitionNotAllowed
from services.intake.rules.event_data import about_visit, followed
from services.intake.rules.needs import need_of
from services.intake.rules.records import Case, PreviousVisit, Visit, VisitChanges, VisitStatus
from shared.clock import rfc3339
from shared.errors import InvalidInput
from shared.events import Event, intake

LONGEST = timedelta(hours=24)
BACK, AHEAD = timedelta(days=31), timedelta(days=3 * 366)


def check_period(start: datetime, end: datetime, now: datetime) -> None:
    """Checks that a period ends after it starts, lasts at most a day, and is not years away by a typing error."""
    faults = []
    if end <= start:
        faults.append(("#/end", "expected a time after start: periods are half-open"))
    elif end - start > LONGEST:
        faults.append(("#/end", "expected at most 24 hours after start"))
    if not now - BACK <= start <= now + AHEAD:
        faults.append(("#/start", "expected a time from 31 days back to three years ahead"))
    if faults:
        raise InvalidInput(faults)


def book(case: Case, now: datetime, visit: Visit) -> Decided:
    """Books a new visit; the first one moves the case to scheduled."""
    if case["status"] not in tables.BOOKABLE:
        raise TransitionNotAllowed("case", case["status"], "visits", tables.case_commands(case))
    after = _with(case, [*case["visits"], visit], now)
    return after, [intake.VisitBooked(**about_visit(after, visit)), *followed(case, after)]


def reschedule(case: Case, now: datetime, visit_id: str, start: datetime, end: datetime, wanted_by: str) -> Decided:
    """Moves a booked visit to another time. It stays booked, and its reschedulings are counted."""
    old = _movable(case, visit_id, "reschedule")
    new = old | {"start": start, "end": end, "rescheduled": old["rescheduled"] + 1}
    after = _with(case, _replaced(case, new), now)
    event = intake.VisitRescheduled(
        **about_visit(after, new),
        wanted_by=wanted_by,
        previous_start=rfc3339(old["start"]),
        previous_end=rfc3339(old["end"]),
    )
    return after, [event]


def cancel(case: Case, now: datetime, visit_id: str, reason: str, wanted_by: str) -> Decided:
    return _move(case, now, visit_id, "cancel", intake.VisitCancelled, reason=reason, wanted_by=wanted_by)


def arrive(case: Case, now: datetime, visit_id: str) -> Decided:
    return _move(case, now, visit_id, "arrive", intake.VisitArrived, {"arrived_at": now})


def leave(case: Case, now: datetime, visit_id: str) -> Decided:
    return _move(case, now, visit_id, "leave", intake.VisitLeft)


def complete(case: Case, now: datetime, visit_id: str, closing: str | None = None) -> Decided:
    """Completes a visit. `closing` is the id of the daily closing it belongs to, by which the closing is shown and undone as a whole."""
    return _move(case, now, visit_id, "complete", intake.VisitCompleted, {"closing": closing})


def no_show(case: Case, now: datetime, visit_id: str, closing: str | None = None) -> Decided:
    return _move(case, now, visit_id, "no-show", intake.VisitNoShow, {"closing": closing})


def correct(case: Case, now: datetime, visit_id: str, to: VisitStatus) -> Decided:
    """Corrects a wrong entry; the case's state follows."""
    old = visit_in(case, visit_id)
    tables.check_correction(old, case, to)
    new = old | {"status": to, "closing": None, "arrived_at": _arrived_at(old, to, now)}
    after = _with(case, _replaced(case, new), now)
    event = intake.VisitCorrected(**about_visit(after, new), corrected_from=old["status"])
    return after, [event, *followed(case, after)]


def take_back(case: Case, now: datetime, visit_id: str, to: VisitStatus) -> Decided:
    """Returns the visit to an earlier state by a chain of allowed corrections; raises TransitionNotAllowed where there is none."""
    events: list[Event] = []
    for step in tables.undo_path(visit_in(case, visit_id), case, to):
        case, published = correct(case, now, visit_id, step)
        events += published
    return case, events


def take_back_last(case: Case, now: datetime, visit_id: str) -> Decided:
    """Restores the visit to before the last change of its case, with times, marks and clocks. Raises CannotUndo."""

    def correct_to(to: VisitStatus) -> undo.Step:
        return lambda case, now, visit_id: correct(case, now, visit_id, to)

    def reschedule_to(was: PreviousVisit) -> undo.Step:
        return lambda case, now, visit_id: reschedule(case, now, visit_id, was["start"], was["end"], "hospital")

    def cancel_by_hospital(case: Case, now: datetime, visit_id: str) -> Decided:
        return cancel(case, now, visit_id, "other", "hospital")

    named = {"arrive": arrive, "leave": leave, "complete": complete, "no-show": no_show, "cancel": cancel_by_hospital}
    return undo.take_back(case, now, visit_id, undo.visit_steps(correct_to, named), reschedule_to)


def take_back_registration(case: Case, now: datetime) -> Decided:
    """Undoes a registration by mistake: visits become booked again and the case is cancelled. Only while nothing else has changed."""
    if case["version"] != 1:
        raise CannotUndo()
    events: list[Event] = []
    for visit in case["visits"]:
        case, published = correct(case, now, visit["id"], "booked")
        events += published
    after, published = cases.cancel(case, now, "other", "hospital")
    return after, [*events, *published]


def update(case: Case, now: datetime, visit_id: str, changes: VisitChanges) -> Decided:
    """Changes place, modality or interpreter need. If the hospital replaces the agency's interpreter, a routine visit becomes urgent."""
    old = visit_in(case, visit_id)
    if old["status"] not in ("booked", "arrived"):
        raise TransitionNotAllowed("visit", old["status"], "edit", tables.visit_commands(old, case))
    new: Visit = {**old, **changes}
    if (new.get("interpreter") or {}).get("provided_by") != "family":
        new.pop("waiver", None)  # only family needs a waiver
    urgency = new.get("urgency") or case["request"]["urgency"]
    if _fell_back(need_of(old, case), need_of(new, case)) and urgency == "routine":
        new |= {"urgency": "urgent"}
    after = _with(case, _replaced(case, new), now)
    return after, [intake.VisitUpdated(**about_visit(after, new), fields=tuple(sorted(changes)))]


def visit_in(case: Case, visit_id: str) -> Visit:
    for visit in case["visits"]:
        if visit["id"] == visit_id:
            return visit
    raise NoSuchVisit(visit_id)


def _move(
    case: Case,
    now: datetime,
    visit_id: str,
    command: str,
    struct: Callable[..., Event],
    changes: VisitChanges | None = None,
    **event_fields: str,
) -> Decided:
    """Applies a move. `changes` are further fields of the visit, `event_fields` further fields of the event."""
    visit = _movable(case, visit_id, command)
    new: Visit = {**visit, **(changes or {}), "status": tables.visit_target(visit, case, command).target}
    after = _with(case, _replaced(case, new), now)
    return after, [struct(**about_visit(after, new), **event_fields), *followed(case, after)]


def _arrived_at(old: Visit, to: VisitStatus, now: datetime) -> datetime | None:
    """Returns the arrival time: the recorded one, or now for a patient who turns out to have come."""
    return None if to == "booked" else old.get("arrived_at") or now


def _movable(case: Case, visit_id: str, command: str) -> Visit:
    visit = visit_in(case, visit_id)
    tables.visit_target(visit, case, command)
    return visit


def _replaced(case: Case, new: Visit) -> list[Visit]:
    return [new if visit["id"] == new["id"] else visit for visit in case["visits"]]


def _with(case: Case, visits: list[Visit], now: datetime) -> Case:
    return touched(case, now, visits=visits, status=tables.status_after(case["status"], visits))


def _fell_back(before: intake.InterpreterNeed, after: intake.InterpreterNeed) -> bool:
    return before.provided_by == "agency" and after.provided_by == "hospital" and after.required
