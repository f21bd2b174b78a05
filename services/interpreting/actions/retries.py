"""Retries by timer: searches for bookings without an interpreter, and checks of an interpreter's bookings after their entry changed."""

from datetime import datetime

from services.interpreting.actions import assignment
from services.interpreting.actions.booking_change import BookingChange
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, states
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.ids import new_id

TIMER = "retry-searches"


def retry_searches(deps: Dependencies, now: datetime) -> int:
    """Acts on changes of availability, then runs all searches that are due; returns how many bookings found an interpreter.

    Each booking is a transaction of its own: after a crash at any point, the next run continues with what is left.
    """
    context = CommandContext(now=now, actor=f"timer:{TIMER}", cause=new_id())
    for change in deps.store.search_queue.changes():
        if change["start"] is None:
            for booking_id in deps.store.upcoming(change["interpreter_id"], now):
                _release_if_unfit(deps, booking_id, context)
        deps.store.search_queue.apply(change, now)
    due = deps.store.search_queue.due(now)
    return sum(_retry(deps, search["_id"], search["attempts"] + 1, context) for search in due)


def _release_if_unfit(deps: Dependencies, booking_id: str, context: CommandContext) -> None:
    """Releases a confirmed booking whose interpreter no longer fits; a full day alone is no reason."""

    def work(store: Store) -> None:
        booking = store.bookings.get(booking_id)
        if booking is None or booking["status"] != states.CONFIRMED:
            return
        change = BookingChange(store, booking, context)
        fit = change.assigned_fit()
        if fit is None or not matching.still_fits(fit, bookings.tolerated_reasons(booking), same_time=True):
            assignment.release(change, "changed")
            assignment.fill(change)
            change.save()

    deps.store.transaction(work)


def _retry(deps: Dependencies, booking_id: str, attempts: int, context: CommandContext) -> bool:
    """Tries to fill a queued booking. A search that finds nobody publishes no second event."""

    def work(store: Store) -> bool:
        booking = store.bookings.get(booking_id)
        if booking is None or booking["status"] not in states.OPEN:
            store.search_queue.remove(booking_id)
            return False
        if bookings.search_deadline(booking) <= context.now:
            store.search_queue.remove(booking_id)
            return False
        booking["start"] = bookings.effective_start(booking, context.now)
        change = BookingChange(store, booking, context)
        found = assignment.fill(change, publish_unfilled=False, attempts=attempts)
        if found:
            change.save()
        return found

    return deps.store.transaction(work)
