"""Looking again, by timer: at bookings nobody could take, and at an interpreter's bookings after their entry changed."""

from datetime import datetime

from services.interpreting.actions import filling
from services.interpreting.actions.draft import Draft
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, states
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.ids import new_id

TIMER = "look-again"


def look_again(deps: Dependencies, now: datetime) -> int:
    """Acts on notes that somebody became free, then on all that is due; how many bookings found somebody.

    Each booking is a transaction of its own: killed anywhere, the next run takes up what is left.
    """
    context = CommandContext(now=now, actor=f"timer:{TIMER}", cause=new_id())
    for note in deps.store.waiting.notes():
        if note["start"] is None:
            for booking_id in deps.store.ahead(note["interpreter_id"], now):
                _still_held(deps, booking_id, context)
        deps.store.waiting.wake(note, now)
    return sum(_tried(deps, row["_id"], row["tries"] + 1, context) for row in deps.store.waiting.due(now))


def _still_held(deps: Dependencies, booking_id: str, context: CommandContext) -> None:
    """Releases a confirmed booking whose interpreter no longer fits; a full day alone takes nobody's booking away."""

    def work(store: Store) -> None:
        booking = store.bookings.get(booking_id)
        if booking is None or booking["status"] != states.CONFIRMED:
            return
        draft = Draft(store, booking, context)
        fit = draft.holder()
        if fit is None or not matching.still_fits(fit, bookings.excused(booking), same_time=True):
            filling.release(draft, "changed")
            filling.fill(draft)
            draft.save()

    deps.store.transaction(work)


def _tried(deps: Dependencies, booking_id: str, tries: int, context: CommandContext) -> bool:
    """Tries to fill one that waits. Nobody found is not said again."""

    def work(store: Store) -> bool:
        booking = store.bookings.get(booking_id)
        if booking is None or booking["status"] not in states.OPEN:
            store.waiting.drop(booking_id)
            return False
        if bookings.worth_trying_until(booking) <= context.now:
            store.waiting.drop(booking_id)
            return False
        booking["start"] = bookings.starting_now(booking, context.now)
        draft = Draft(store, booking, context)
        found = filling.fill(draft, say_unfilled=False, tries=tries)
        if found:
            draft.save()
        return found

    return deps.store.transaction(work)
