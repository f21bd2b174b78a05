"""Giving a booking to an interpreter and taking it back: every change of who holds it goes through here, in one transaction.

Not here: offers of it (asking.py), and the draft all this works on (draft.py).
"""

from services.interpreting.actions import asking
from services.interpreting.actions.draft import NOBODY, Document, Draft, Period
from services.interpreting.rules import bookings, matching, offers, states
from services.interpreting.rules.matching import Fit
from shared.clock import rfc3339
from shared.events import interpreting


def fill(draft: Draft, say_unfilled: bool = True, tries: int = 0) -> bool:
    """Automatic matching: confirms the best who fits, else leaves it `unfilled` and waiting. Whether somebody was found.

    While offers are open nobody is chosen automatically, unless the patient is here and waits.
    """
    if draft.status == states.OFFERED and not draft.booking["arrived"]:
        draft.store.waiting.drop(draft.booking["_id"])
        return False
    ask = draft.ask()
    chosen = matching.best(draft.store.candidates(ask), ask)
    if chosen is not None:
        give(draft, chosen, filled_by="automatic")
        return True
    now = draft.context.now
    if draft.status == states.REQUESTED:
        draft.move(states.UNFILLED)
    if say_unfilled and draft.status == states.UNFILLED:
        reasons = draft.store.search.why_nobody(ask)
        draft.booking |= {"match": {"at": now, "ranking": None, "why_nobody": reasons}}
        draft.say(interpreting.BookingUnfilled, reasons=reasons)
    if bookings.worth_trying_until(draft.booking) > now:
        draft.store.waiting.keep(draft.booking, ask.language, bookings.next_look(tries, now), tries)
    else:
        draft.store.waiting.drop(draft.booking["_id"])
    return False


def give(draft: Draft, fit: Fit, filled_by: str, override: Document | None = None) -> None:
    """Confirms it for one interpreter who was looked at in this transaction, and claims their time."""
    draft.move(states.CONFIRMED)
    _hold(draft, fit, filled_by, override)
    draft.say(interpreting.BookingConfirmed, filled_by=filled_by, override=override is not None)
    asking.withdraw_open(draft, offers.TAKEN)


def reassign(draft: Draft, fit: Fit, override: Document | None) -> None:
    """Gives a confirmed booking to another interpreter: an event, not a state."""
    previous_id, previous_name = draft.booking["interpreter_id"], draft.booking["interpreter_name"]
    let_go(draft)
    draft.remember_holder()
    _hold(draft, fit, "by_hand", override)
    draft.say(
        interpreting.BookingReassigned, previous_interpreter_id=previous_id, previous_interpreter_name=previous_name
    )


def _hold(draft: Draft, fit: Fit, filled_by: str, override: Document | None) -> None:
    who = fit.candidate
    draft.booking |= {
        "interpreter_id": who.id,
        "interpreter_name": who.name,
        "filled_by": filled_by,
        "override": override,
        "match": {"at": draft.context.now, "ranking": dict(fit.ranking), "why_nobody": None},
    }
    hold_again(draft, fit)
    draft.store.waiting.drop(draft.booking["_id"])


def hold_again(draft: Draft, fit: Fit) -> None:
    """Claims the time of the booking as it now is, for who holds it."""
    draft.store.claims.hold(fit.candidate.id, bookings.claim_of(draft.booking), fit.candidate.buffer)


def give_way(draft: Draft) -> None:
    """Its place changed while it goes on: the claim follows, and whatever its interpreter no longer reaches is matched anew."""
    fit = draft.holder()
    assert fit is not None
    hold_again(draft, fit)
    for booking_id in draft.store.ahead(fit.candidate.id, draft.context.now):
        booking = draft.store.bookings.get(booking_id)
        assert booking is not None
        other = Draft(draft.store, booking, draft.context.aside())
        found = other.holder()
        if found is not None and set(found.why_not) & {"busy", "buffer"}:
            release(other, "changed")
            fill(other)
            other.save()


def start(draft: Draft) -> None:
    """Interpreting begins, as a person says."""
    draft.move(states.IN_PROGRESS)
    draft.booking["started_at"] = draft.context.now
    draft.say(interpreting.BookingStarted)


def take_back_start(draft: Draft) -> None:
    """It was said by mistake that interpreting had begun."""
    draft.move(states.CONFIRMED, correcting=True)
    draft.booking["started_at"] = None
    draft.say(interpreting.BookingReopened)


def release(draft: Draft, reason: str, claimed: Period | None = None) -> None:
    """Takes it from who holds it; it is `requested` again. `claimed`: the period the claim was for, where it changed."""
    released_id, released_name = draft.booking["interpreter_id"], draft.booking["interpreter_name"]
    let_go(draft, claimed)
    draft.move(states.REQUESTED)
    draft.remember_holder(claimed)
    draft.booking |= NOBODY
    draft.say(
        interpreting.BookingReleased,
        reason=reason,
        released_interpreter_id=released_id,
        released_interpreter_name=released_name,
    )


def let_go(draft: Draft, claimed: Period | None = None) -> None:
    """Frees the holder's time (`claimed`, else the booking's own) and notes that it is free."""
    booking, held_by = draft.booking, draft.booking["interpreter_id"]
    since, until = claimed or (booking["start"], booking["end"])
    draft.store.claims.let_go(held_by, booking["_id"], since, until)
    if until > draft.context.now and (entry := draft.store.interpreters.get(held_by)):
        draft.store.waiting.free(held_by, entry["speaks"], since, until)


def cancel(draft: Draft, reason: str, cancelled_by: str) -> None:
    """No interpreter is needed; the event still names who held it."""
    if draft.status == states.CONFIRMED:
        let_go(draft)
    draft.store.waiting.drop(draft.booking["_id"])
    draft.move(states.CANCELLED)
    draft.booking |= {"cancel_reason": reason, "cancelled_by": cancelled_by}
    draft.say(interpreting.BookingCancelled, reason=reason)
    asking.withdraw_open(draft, offers.NOT_NEEDED)


def leave_unserved(draft: Draft) -> None:
    """The visit is over and nobody held it: the demand stays `unfilled`, countable, and is nobody's work any more."""
    draft.store.waiting.drop(draft.booking["_id"])
    if draft.status == states.OFFERED:
        draft.move(states.UNFILLED)
    draft.booking["ended_at"] = draft.context.now
    asking.withdraw_open(draft, offers.VISIT_OVER)


def complete(draft: Draft, outcome: str) -> None:
    """Interpreting is over; what is left of the claimed time is free again."""
    booking, now = draft.booking, draft.context.now
    if now < booking["end"] and (fit := draft.holder()):
        let_go(draft)
        if now > booking["start"]:
            used = bookings.claim_of(booking | {"end": now})
            draft.store.claims.hold(fit.candidate.id, used, fit.candidate.buffer)
    draft.move(states.COMPLETED)
    booking |= {"outcome": outcome, "ended_at": now}
    draft.say(interpreting.BookingCompleted, outcome=outcome)


def reopen(draft: Draft, to: str) -> None:
    """A visit put right takes its booking back to `to`; if its interpreter is taken meanwhile, it is asked for anew."""
    fit = draft.holder() if to in states.HOLDING else None
    kept = fit is not None and not set(fit.why_not) & set(matching.NEVER)
    if draft.status == states.IN_PROGRESS and not kept:
        _begun_and_lost(draft)
        return
    draft.move(to if kept else states.REQUESTED, correcting=True)
    draft.booking |= {"outcome": None, "ended_at": None, "cancel_reason": None, "cancelled_by": None}
    if draft.status != states.IN_PROGRESS:
        draft.booking["started_at"] = None
    if fit is not None and kept:
        hold_again(draft, fit)
        draft.say(interpreting.BookingReopened)
        return
    draft.remember_holder()
    draft.booking |= NOBODY
    draft.say(interpreting.BookingReopened)
    fill(draft)


def _begun_and_lost(draft: Draft) -> None:
    """It had begun by mistake, and who held it cannot keep it: confirmed again, then released."""
    take_back_start(draft)
    release(draft, "changed")
    fill(draft)


def moved(draft: Draft, previous: Period) -> None:
    """Says that the period changed; where an interpreter is named, the same one keeps it."""
    draft.say(interpreting.BookingRescheduled, previous_start=rfc3339(previous[0]), previous_end=rfc3339(previous[1]))
