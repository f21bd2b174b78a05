"""What a visit's events do to its booking. Called within the consumer's transaction; a visit without a booking is left alone."""

from typing import Any

from services.interpreting.actions import asking, filling
from services.interpreting.actions.draft import NOBODY, Draft, Period
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, languages, matching, offers, states
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.events import interpreting
from shared.events.intake import VisitBooked, VisitCorrected, VisitEvent, VisitRescheduled
from shared.ids import derived_id

Document = dict[str, Any]


def booking_id(visit_id: str) -> str:
    """The one booking of a visit."""
    return derived_id(visit_id, "booking")


def _facts(visit: VisitEvent) -> Document:
    """What a booking takes over from its visit, the period apart."""
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
        "language": languages.asked_language(language.tag for language in visit.languages),
        "gender_wish": visit.interpreter.gender_wish,
    }


def _wanted(visit: VisitEvent) -> bool:
    return bookings.wants_booking(visit.interpreter.required, visit.interpreter.provided_by)


def _draft(store: Store, visit: VisitEvent, context: CommandContext) -> Draft | None:
    booking = store.bookings.get(booking_id(visit.visit_id))
    return Draft(store, booking, context) if booking else None


def request_booking(deps: Dependencies, visit: VisitEvent, context: CommandContext) -> None:
    """Makes the booking of a visit that needs one, and fills it at once; a visit that has one is left alone."""
    deps.store.transaction(lambda store: _request(store, visit, context))


def _request(store: Store, visit: VisitEvent, context: CommandContext) -> None:
    over = visit.visit_status not in ("booked", "arrived")
    if over or not _wanted(visit) or store.bookings.get(booking_id(visit.visit_id)):
        return
    start, end = bookings.period(visit.start, visit.end)
    on_demand = isinstance(visit, VisitBooked) and visit.on_demand
    booking: Document = {
        "_id": booking_id(visit.visit_id),
        "status": states.REQUESTED,
        **_facts(visit),
        "start": start,
        "end": end,
        "on_demand": on_demand,
        "arrived": visit.visit_status == "arrived",
        "refused_by": [],
        **NOBODY,
        **dict.fromkeys(("outcome", "started_at", "ended_at", "cancel_reason", "cancelled_by")),
        "requested_at": context.now,
    }
    draft = Draft(store, booking, context)
    draft.say(interpreting.BookingRequested, on_demand=on_demand)
    filling.fill(draft)
    draft.save()


def reschedule_visit(deps: Dependencies, visit: VisitRescheduled, context: CommandContext) -> None:
    """The same interpreter keeps it where the new time fits; else it is released and matched anew."""
    deps.store.transaction(lambda store: _reschedule(store, visit, context))


def _reschedule(store: Store, visit: VisitRescheduled, context: CommandContext) -> None:
    draft = _draft(store, visit, context)
    if draft is None or draft.status not in states.BEFORE_START:
        return
    before = draft.booking["start"], draft.booking["end"]
    start, end = bookings.period(visit.start, visit.end)
    asking.withdraw_open(draft, offers.CHANGED)
    draft.booking |= {**_facts(visit), "start": start, "end": end, "refused_by": []}
    if draft.status != states.CONFIRMED:
        filling.moved(draft, before)
        filling.fill(draft)
    elif _kept(draft, before):
        filling.moved(draft, before)
    else:
        filling.release(draft, "new_time_does_not_fit", before)
        filling.fill(draft)
    draft.save()


def _kept(draft: Draft, before: Period) -> bool:
    """Whether the holder still fits; then the claim follows the booking."""
    fit = draft.holder()
    overridden = (draft.booking["override"] or {}).get("against", ())
    same_time = before == (draft.booking["start"], draft.booking["end"])
    if fit is None or not matching.still_fits(fit, overridden, same_time):
        return False
    if not same_time:
        filling.let_go(draft, before)
    filling.hold_again(draft, fit)
    return True


def update_visit(deps: Dependencies, visit: VisitEvent, context: CommandContext) -> None:
    """Place, modality, language or need changed: the booking follows, is taken back, or is asked for."""
    deps.store.transaction(lambda store: _update(deps, store, visit, context))


def _update(deps: Dependencies, store: Store, visit: VisitEvent, context: CommandContext) -> None:
    draft = _draft(store, visit, context)
    if draft is None:
        _request(store, visit, context)
        return
    if not _wanted(visit):
        _end(draft, "not_needed", "not_needed", bookings.BY_NEED)
        return
    changed = tuple(sorted(name for name, value in _facts(visit).items() if draft.booking[name] != value))
    if set(changed) & set(offers.SHOWN_BEFORE):
        asking.withdraw_open(draft, offers.CHANGED)
    draft.booking |= _facts(visit)
    if draft.status == states.CANCELLED and draft.booking["cancelled_by"] == bookings.BY_NEED:
        filling.reopen(draft, states.REQUESTED)
    elif not changed or draft.status in (states.CANCELLED, states.COMPLETED):
        return
    else:
        _follow(draft, changed)
    draft.save()


def _follow(draft: Draft, changed: tuple[str, ...]) -> None:
    period = draft.booking["start"], draft.booking["end"]
    goes_on = draft.status == states.IN_PROGRESS
    if draft.status == states.CONFIRMED and draft.booking["arrived"] and set(changed) == {"place"}:
        goes_on = True  # the patient is here: who interprets walks along
    elif draft.status == states.CONFIRMED and not _kept(draft, period):
        filling.release(draft, "changed")
        filling.fill(draft)
        return
    draft.say(interpreting.BookingUpdated, fields=changed)
    if goes_on:
        filling.give_way(draft)
    if draft.status in states.OPEN:  # after `requested` it must be said where it stands
        filling.fill(draft, say_unfilled=draft.status == states.REQUESTED)


def start_visit(deps: Dependencies, visit: VisitEvent, context: CommandContext) -> None:
    """The patient is here: whoever holds the booking is waited for, or whoever becomes free is wanted at once."""
    deps.store.transaction(lambda store: _start(store, visit, context))


def _start(store: Store, visit: VisitEvent, context: CommandContext) -> None:
    draft = _draft(store, visit, context)
    if draft is None or draft.status not in states.BEFORE_START:
        return
    draft.booking["arrived"] = True
    if draft.status != states.CONFIRMED:
        store.waiting.keep(
            draft.booking, bookings.ask_of(draft.booking).language, bookings.next_look(0, context.now), 0
        )
    draft.save()


def end_visit(deps: Dependencies, visit: VisitEvent, what: str, reason: str, context: CommandContext) -> None:
    """The visit was completed, cancelled, missed or left (`what`); the booking ends with it. `reason` is a code."""

    def work(store: Store) -> None:
        draft = _draft(store, visit, context)
        if draft is not None:
            _end(draft, what, reason, bookings.BY_NO_SHOW if what == "no_show" else bookings.BY_VISIT)

    deps.store.transaction(work)


def _end(draft: Draft, what: str, reason: str, cancelled_by: str) -> None:
    followed = states.followed(what, draft.status)
    gone = draft.booking["arrived"] and what != "not_needed"
    if gone:
        draft.booking["arrived"] = False
    if followed is None:
        unserved = draft.status in states.OPEN
        if unserved:
            filling.leave_unserved(draft)
        if gone or unserved:
            draft.save()
        return
    to, outcome = followed
    if to == states.CANCELLED:
        filling.cancel(draft, reason, cancelled_by)
    elif to == states.UNFILLED:
        filling.leave_unserved(draft)
    else:
        filling.complete(draft, outcome or states.DONE)
    draft.save()


def correct_visit(deps: Dependencies, visit: VisitCorrected, context: CommandContext) -> None:
    """A wrong entry was put right: the booking goes back with its visit. One cancelled by hand stays so, unless the
    visit itself was cancelled and is booked again.
    """
    deps.store.transaction(lambda store: _correct(store, visit, context))


def _correct(store: Store, visit: VisitCorrected, context: CommandContext) -> None:
    draft = _draft(store, visit, context)
    if draft is None:
        _request(store, visit, context)
        return
    if not _wanted(visit):
        return
    to = states.corrected(visit.visit_status, draft.status, draft.booking["started_at"] is not None)
    by_hand = draft.status == states.CANCELLED and draft.booking["cancelled_by"] == bookings.BY_HAND
    if by_hand and visit.corrected_from != "cancelled":
        return
    was_here, here = draft.booking["arrived"], visit.visit_status == "arrived"
    draft.booking["arrived"] = here
    if to is not None:
        start, end = bookings.period(visit.start, visit.end)
        draft.booking |= {**_facts(visit), "start": start, "end": end}
        filling.reopen(draft, to)
    elif draft.status in states.OPEN:
        draft.booking["ended_at"] = None
        filling.fill(draft, say_unfilled=False)
    elif here == was_here:
        return
    draft.save()
