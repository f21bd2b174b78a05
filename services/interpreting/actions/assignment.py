"""Assigns a booking to an interpreter and releases it: every change of the assigned interpreter is made here, in one transaction.

Not here: offers (offer_lifecycle.py), and the change that all this works on (booking_change.py).
"""

from services.interpreting.actions import offer_lifecycle
from services.interpreting.actions.booking_change import BookingChange, Period
from services.interpreting.rules import bookings, matching, offers, states
from services.interpreting.rules.matching import Fit
from services.interpreting.rules.records import Booking, Override
from services.interpreting.rules.states import Status
from shared.clock import rfc3339
from shared.events import interpreting


def fill(change: BookingChange, publish_unfilled: bool = True, attempts: int = 0) -> bool:
    """Runs automatic matching: confirms the best interpreter who fits, else leaves the booking `unfilled` and queues it.

    Returns whether an interpreter was found. While offers are open nobody is chosen automatically, unless the patient is here and waits.
    """
    if change.status == states.OFFERED and not change.booking["arrived"]:
        change.store.search_queue.remove(change.booking["_id"])
        return False
    required = change.requirements()
    chosen = matching.best_match(change.store.candidates(required), required)
    if chosen is not None:
        confirm(change, chosen, filled_by="automatic")
        return True
    now = change.context.now
    if change.status == states.REQUESTED:
        change.set_status(states.UNFILLED)
    if publish_unfilled and change.status == states.UNFILLED:
        reasons = change.store.search.reason_counts(required)
        change.booking["match"] = {"at": now, "ranking": None, "why_nobody": reasons}
        change.publish(interpreting.BookingUnfilled(**change.event_data(), reasons=reasons))
    if bookings.search_deadline(change.booking) > now:
        due_at = bookings.next_search(attempts, now)
        change.store.search_queue.put(change.booking, required.language, due_at, attempts)
    else:
        change.store.search_queue.remove(change.booking["_id"])
    return False


def confirm(change: BookingChange, fit: Fit, filled_by: str, override: Override | None = None) -> None:
    """Confirms it for one interpreter who was evaluated in this transaction, and claims their time."""
    change.set_status(states.CONFIRMED)
    _assign(change, fit, filled_by, override)
    change.publish(
        interpreting.BookingConfirmed(**change.event_data(), filled_by=filled_by, override=override is not None)
    )
    offer_lifecycle.withdraw_open(change, offers.TAKEN)


def reassign(change: BookingChange, fit: Fit, override: Override | None) -> None:
    """Assigns a confirmed booking to another interpreter; it stays confirmed."""
    previous_id, previous_name = assigned_id(change.booking), change.booking["interpreter_name"]
    release_claim(change)
    change.keep_former_assignment()
    _assign(change, fit, "by_hand", override)
    change.publish(
        interpreting.BookingReassigned(
            **change.event_data(), previous_interpreter_id=previous_id, previous_interpreter_name=previous_name
        )
    )


def _assign(change: BookingChange, fit: Fit, filled_by: str, override: Override | None) -> None:
    change.booking["interpreter_id"] = fit.candidate.id
    change.booking["interpreter_name"] = fit.candidate.name
    change.booking["filled_by"] = filled_by
    change.booking["override"] = override
    change.booking["match"] = {"at": change.context.now, "ranking": fit.ranking, "why_nobody": None}
    put_claim(change, fit)
    change.store.search_queue.remove(change.booking["_id"])


def assigned_id(booking: Booking) -> str:
    """Returns the id of the interpreter of a booking that has one."""
    assigned = booking["interpreter_id"]
    assert assigned is not None, "an assigned booking names its interpreter"
    return assigned


def put_claim(change: BookingChange, fit: Fit) -> None:
    """Claims the time of the booking as it now is, for its interpreter."""
    change.store.claims.put(fit.candidate.id, bookings.claim_of(change.booking), fit.candidate.buffer)


def move_claim_in_progress(change: BookingChange) -> None:
    """Updates the claim of a booking whose place changed while it goes on; bookings its interpreter can no longer reach are matched again."""
    fit = change.assigned_fit()
    assert fit is not None
    put_claim(change, fit)
    for booking_id in change.store.upcoming(fit.candidate.id, change.context.now):
        booking = change.store.bookings.get(booking_id)
        assert booking is not None
        other = BookingChange(change.store, booking, change.context.aside())
        found = other.assigned_fit()
        if found is not None and set(found.why_not) & {"busy", "buffer"}:
            release(other, "changed")
            fill(other)
            other.save()


def start(change: BookingChange) -> None:
    """Records that interpreting begins."""
    change.set_status(states.IN_PROGRESS)
    change.booking["started_at"] = change.context.now
    change.publish(interpreting.BookingStarted(**change.event_data()))


def undo_start(change: BookingChange) -> None:
    """Undoes a start that was recorded by mistake."""
    change.set_status(states.CONFIRMED, correcting=True)
    change.booking["started_at"] = None
    change.publish(interpreting.BookingReopened(**change.event_data()))


def release(change: BookingChange, reason: str, claimed: Period | None = None) -> None:
    """Releases its interpreter; it is `requested` again. `claimed`: the period the claim was for, where it changed."""
    released_id, released_name = assigned_id(change.booking), change.booking["interpreter_name"]
    release_claim(change, claimed)
    change.set_status(states.REQUESTED)
    change.keep_former_assignment(claimed)
    change.booking = {**change.booking, **bookings.UNASSIGNED}
    change.publish(
        interpreting.BookingReleased(
            **change.event_data(),
            reason=reason,
            released_interpreter_id=released_id,
            released_interpreter_name=released_name,
        )
    )


def release_claim(change: BookingChange, claimed: Period | None = None) -> None:
    """Frees the interpreter's time (`claimed`, else the booking's own) and records that it is free."""
    booking, assigned = change.booking, assigned_id(change.booking)
    start, end = claimed or (booking["start"], booking["end"])
    change.store.claims.release(assigned, booking["_id"], start, end)
    if end > change.context.now and (entry := change.store.interpreters.get(assigned)):
        change.store.search_queue.note_free(assigned, entry["language_keys"], start, end)


def cancel(change: BookingChange, reason: str, cancelled_by: str) -> None:
    """Cancels it, because no interpreter is needed; the event still names its interpreter."""
    if change.status == states.CONFIRMED:
        release_claim(change)
    change.store.search_queue.remove(change.booking["_id"])
    change.set_status(states.CANCELLED)
    change.booking["cancel_reason"] = reason
    change.booking["cancelled_by"] = cancelled_by
    change.publish(interpreting.BookingCancelled(**change.event_data(), reason=reason))
    offer_lifecycle.withdraw_open(change, offers.NOT_NEEDED)


def leave_unfilled(change: BookingChange) -> None:
    """Ends the search because the visit is over: the booking stays `unfilled`, so that the unmet demand can be counted."""
    change.store.search_queue.remove(change.booking["_id"])
    if change.status == states.OFFERED:
        change.set_status(states.UNFILLED)
    change.booking["ended_at"] = change.context.now
    offer_lifecycle.withdraw_open(change, offers.VISIT_OVER)


def complete(change: BookingChange, outcome: str) -> None:
    """Completes it; the rest of the claimed time is free again."""
    booking, now = change.booking, change.context.now
    if now < booking["end"] and (fit := change.assigned_fit()):
        release_claim(change)
        if now > booking["start"]:
            used = bookings.claim_of({**booking, "end": now})
            change.store.claims.put(fit.candidate.id, used, fit.candidate.buffer)
    change.set_status(states.COMPLETED)
    booking["outcome"] = outcome
    booking["ended_at"] = now
    change.publish(interpreting.BookingCompleted(**change.event_data(), outcome=outcome))


def reopen(change: BookingChange, to: Status) -> None:
    """Returns the booking of a corrected visit to `to`; if its interpreter is busy meanwhile, it is requested again."""
    fit = change.assigned_fit() if to in states.ASSIGNED else None
    can_keep = fit is not None and not set(fit.why_not) & set(matching.NOT_OVERRIDABLE)
    if change.status == states.IN_PROGRESS and not can_keep:
        _undo_start_and_release(change)
        return
    change.set_status(to if can_keep else states.REQUESTED, correcting=True)
    change.booking.update({"outcome": None, "ended_at": None, "cancel_reason": None, "cancelled_by": None})
    if change.status != states.IN_PROGRESS:
        change.booking["started_at"] = None
    if fit is not None and can_keep:
        put_claim(change, fit)
        change.publish(interpreting.BookingReopened(**change.event_data()))
        return
    change.keep_former_assignment()
    change.booking = {**change.booking, **bookings.UNASSIGNED}
    change.publish(interpreting.BookingReopened(**change.event_data()))
    fill(change)


def _undo_start_and_release(change: BookingChange) -> None:
    """Handles a start recorded by mistake whose interpreter cannot keep the booking: it is confirmed again, then released."""
    undo_start(change)
    release(change, "changed")
    fill(change)


def publish_rescheduled(change: BookingChange, previous: Period) -> None:
    """Publishes that the period changed; an interpreter that the event names keeps the booking."""
    change.publish(
        interpreting.BookingRescheduled(
            **change.event_data(), previous_start=rfc3339(previous[0]), previous_end=rfc3339(previous[1])
        )
    )
