"""What a visit's events do to its booking. Called within the consumer's transaction; a visit without a booking changes nothing."""

from services.interpreting.actions import assignment, offer_lifecycle
from services.interpreting.actions.booking_change import BookingChange, Period
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, languages, matching, offers, states
from services.interpreting.rules.records import Booking, VisitFacts
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.events import interpreting
from shared.events.intake import VisitBooked, VisitCorrected, VisitEvent, VisitRescheduled
from shared.ids import derived_id


def booking_id(visit_id: str) -> str:
    """Returns the id of the one booking of a visit."""
    return derived_id(visit_id, "booking")


def _facts(visit: VisitEvent) -> VisitFacts:
    """Returns what a booking takes over from its visit, except the period."""
    return {
        "visit_id": visit.visit_id,
        "case_id": visit.case_id,
        "reference": visit.reference,
        "organization_id": visit.organization_id,
        "agency_reference": visit.agency_reference,
        "department": visit.department,
        "place": visit.place,
        "modality": visit.modality,
        "urgency": visit.urgency,
        "language": languages.requested_language(language.tag for language in visit.languages),
        "gender_wish": visit.interpreter.gender_wish,
    }


def _changed_facts(booking: Booking, facts: VisitFacts) -> tuple[str, ...]:
    """Returns the names of the facts that differ from the booking's."""
    present = dict(booking)
    return tuple(sorted(name for name, value in facts.items() if present[name] != value))


def _needs_booking(visit: VisitEvent) -> bool:
    return bookings.needs_booking(visit.interpreter.required, visit.interpreter.provided_by)


def _change(store: Store, visit: VisitEvent, context: CommandContext) -> BookingChange | None:
    booking = store.bookings.get(booking_id(visit.visit_id))
    return BookingChange(store, booking, context) if booking else None


def request_booking(deps: Dependencies, visit: VisitEvent, context: CommandContext) -> None:
    """Creates the booking of a visit that needs one, and searches for an interpreter at once; a booking that exists is not changed."""
    deps.store.transaction(lambda store: _request(store, visit, context))


def _request(store: Store, visit: VisitEvent, context: CommandContext) -> None:
    over = visit.visit_status not in ("booked", "arrived")
    if over or not _needs_booking(visit) or store.bookings.get(booking_id(visit.visit_id)):
        return
    on_demand = isinstance(visit, VisitBooked) and visit.on_demand
    change = BookingChange(store, _new_booking(visit, on_demand, context), context)
    change.publish(interpreting.BookingRequested(**change.event_data(), on_demand=on_demand))
    assignment.fill(change)
    change.save()


def _new_booking(visit: VisitEvent, on_demand: bool, context: CommandContext) -> Booking:
    facts, (start, end) = _facts(visit), bookings.period(visit.start, visit.end)
    return {
        "_id": booking_id(visit.visit_id),
        "status": states.REQUESTED,
        "visit_id": facts["visit_id"],
        "case_id": facts["case_id"],
        "reference": facts["reference"],
        "organization_id": facts["organization_id"],
        "agency_reference": facts["agency_reference"],
        "department": facts["department"],
        "place": facts["place"],
        "modality": facts["modality"],
        "urgency": facts["urgency"],
        "language": facts["language"],
        "gender_wish": facts["gender_wish"],
        "start": start,
        "end": end,
        "on_demand": on_demand,
        "arrived": visit.visit_status == "arrived",
        "excluded_interpreters": [],
        "interpreter_id": None,
        "interpreter_name": None,
        "filled_by": None,
        "override": None,
        "match": None,
        "outcome": None,
        "started_at": None,
        "ended_at": None,
        "cancel_reason": None,
        "cancelled_by": None,
        "requested_at": context.now,
    }


def reschedule_visit(deps: Dependencies, visit: VisitRescheduled, context: CommandContext) -> None:
    """Moves the booking: its interpreter keeps it where the new time fits; otherwise it is released and matched again."""
    deps.store.transaction(lambda store: _reschedule(store, visit, context))


def _reschedule(store: Store, visit: VisitRescheduled, context: CommandContext) -> None:
    change = _change(store, visit, context)
    if change is None or change.status not in states.BEFORE_START:
        return
    before = change.booking["start"], change.booking["end"]
    offer_lifecycle.withdraw_open(change, offers.CHANGED)
    _take_over(change, visit)
    change.booking["excluded_interpreters"] = []
    if change.status != states.CONFIRMED:
        assignment.publish_rescheduled(change, before)
        assignment.fill(change)
    elif _keep_interpreter(change, before):
        assignment.publish_rescheduled(change, before)
    else:
        assignment.release(change, "new_time_does_not_fit", before)
        assignment.fill(change)
    change.save()


def _take_over(change: BookingChange, visit: VisitEvent) -> None:
    """Copies facts and period of the visit to its booking."""
    start, end = bookings.period(visit.start, visit.end)
    change.booking = {**change.booking, **_facts(visit), "start": start, "end": end}


def _keep_interpreter(change: BookingChange, before: Period) -> bool:
    """Updates the claim where the interpreter still fits; returns whether they do."""
    fit = change.assigned_fit()
    overridden = bookings.overridden_reasons(change.booking)
    same_time = before == (change.booking["start"], change.booking["end"])
    if fit is None or not matching.still_fits(fit, overridden, same_time):
        return False
    if not same_time:
        assignment.release_claim(change, before)
    assignment.put_claim(change, fit)
    return True


def update_visit(deps: Dependencies, visit: VisitEvent, context: CommandContext) -> None:
    """Applies a change of place, modality, language or need: the booking is updated, cancelled or requested."""
    deps.store.transaction(lambda store: _update(store, visit, context))


def _update(store: Store, visit: VisitEvent, context: CommandContext) -> None:
    change = _change(store, visit, context)
    if change is None:
        _request(store, visit, context)
        return
    if not _needs_booking(visit):
        _end(change, "not_needed", "not_needed", bookings.CANCELLED_BY_NEED)
        return
    changed = _changed_facts(change.booking, _facts(visit))
    if set(changed) & set(offers.DETAILS):
        offer_lifecycle.withdraw_open(change, offers.CHANGED)
    change.booking = {**change.booking, **_facts(visit)}
    if change.status == states.CANCELLED and change.booking["cancelled_by"] == bookings.CANCELLED_BY_NEED:
        assignment.reopen(change, states.REQUESTED)
    elif not changed or change.status in (states.CANCELLED, states.COMPLETED):
        return
    else:
        _apply_facts(change, changed)
    change.save()


def _apply_facts(change: BookingChange, changed: tuple[str, ...]) -> None:
    period = change.booking["start"], change.booking["end"]
    moves_along = change.status == states.IN_PROGRESS
    if change.status == states.CONFIRMED and change.booking["arrived"] and set(changed) == {"place"}:
        moves_along = True  # the patient is here: the interpreter goes with them
    elif change.status == states.CONFIRMED and not _keep_interpreter(change, period):
        assignment.release(change, "changed")
        assignment.fill(change)
        return
    change.publish(interpreting.BookingUpdated(**change.event_data(), fields=changed))
    if moves_along:
        assignment.move_claim_in_progress(change)
    if change.status in states.OPEN:  # after `requested` an event must say how the search ended
        assignment.fill(change, publish_unfilled=change.status == states.REQUESTED)


def start_visit(deps: Dependencies, visit: VisitEvent, context: CommandContext) -> None:
    """Records that the patient is here; without an interpreter, the next one who becomes free is wanted at once."""
    deps.store.transaction(lambda store: _start(store, visit, context))


def _start(store: Store, visit: VisitEvent, context: CommandContext) -> None:
    change = _change(store, visit, context)
    if change is None or change.status not in states.BEFORE_START:
        return
    change.booking["arrived"] = True
    if change.status != states.CONFIRMED:
        language = bookings.requirements_of(change.booking).language
        store.search_queue.put(change.booking, language, bookings.next_search(0, context.now), 0)
    change.save()


def end_visit(deps: Dependencies, visit: VisitEvent, how: str, reason: str, context: CommandContext) -> None:
    """Ends the booking with its visit, which was completed, cancelled, missed or left (`how`). `reason` is a code."""

    def work(store: Store) -> None:
        change = _change(store, visit, context)
        if change is not None:
            by = bookings.CANCELLED_BY_NO_SHOW if how == "no_show" else bookings.CANCELLED_BY_VISIT
            _end(change, how, reason, by)

    deps.store.transaction(work)


def _end(change: BookingChange, how: str, reason: str, cancelled_by: str) -> None:
    effect = states.visit_effect(how, change.status)
    patient_left = change.booking["arrived"] and how != "not_needed"
    if patient_left:
        change.booking["arrived"] = False
    if effect is None:
        unfilled = change.status in states.OPEN
        if unfilled:
            assignment.leave_unfilled(change)
        if patient_left or unfilled:
            change.save()
        return
    to, outcome = effect
    if to == states.CANCELLED:
        assignment.cancel(change, reason, cancelled_by)
    elif to == states.UNFILLED:
        assignment.leave_unfilled(change)
    else:
        assignment.complete(change, outcome or states.DONE)
    change.save()


def correct_visit(deps: Dependencies, visit: VisitCorrected, context: CommandContext) -> None:
    """Moves the booking back with its corrected visit. A booking cancelled by a coordinator stays cancelled, unless the
    visit itself was cancelled and is booked again.
    """
    deps.store.transaction(lambda store: _correct(store, visit, context))


def _correct(store: Store, visit: VisitCorrected, context: CommandContext) -> None:
    change = _change(store, visit, context)
    if change is None:
        _request(store, visit, context)
        return
    if not _needs_booking(visit):
        return
    to = states.correction_effect(visit.visit_status, change.status, change.booking["started_at"] is not None)
    by_hand = change.status == states.CANCELLED and change.booking["cancelled_by"] == bookings.CANCELLED_BY_HAND
    if by_hand and visit.corrected_from != "cancelled":
        return
    was_here, here = change.booking["arrived"], visit.visit_status == "arrived"
    change.booking["arrived"] = here
    if to is not None:
        _take_over(change, visit)
        assignment.reopen(change, to)
    elif change.status in states.OPEN:
        change.booking["ended_at"] = None
        assignment.fill(change, publish_unfilled=False)
    elif here == was_here:
        return
    change.save()
