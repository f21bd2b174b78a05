"""Looking again, by timer: at bookings nobody could take, and at an interpreter's bookings after their entry changed."""

from datetime import datetime

from services.interpreting.actions import filling
from services.interpreting.actions.draft import Draft
from services.interpreting.actions.parts import Parts
from services.interpreting.rules import bookings, matching, states
from services.interpreting.store import Store
from shared.ids import new_id
from shared.origin import Origin

TIMER = "look-again"


def look_again(parts: Parts, now: datetime) -> int:
    """Acts on notes that somebody became free, then on all that is due; how many bookings found somebody.

    Each booking is a transaction of its own: killed anywhere, the next run takes up what is left.
    """
    origin = Origin(now=now, actor=f"timer:{TIMER}", cause=new_id())
    for note in parts.store.waiting.notes():
        if note["start"] is None:
            for booking_id in parts.store.ahead(note["interpreter_id"], now):
                _still_held(parts, booking_id, origin)
        parts.store.waiting.wake(note, now)
    return sum(_tried(parts, row["_id"], row["tries"] + 1, origin) for row in parts.store.waiting.due(now))


def _still_held(parts: Parts, booking_id: str, origin: Origin) -> None:
    """Releases a confirmed booking whose interpreter no longer fits; a full day alone takes nobody's booking away."""

    def work(store: Store) -> None:
        booking = store.bookings.get(booking_id)
        if booking is None or booking["status"] != states.CONFIRMED:
            return
        draft = Draft(store, booking, origin)
        fit = draft.holder()
        if fit is None or not matching.still_fits(fit, bookings.excused(booking), same_time=True):
            filling.release(draft, "changed")
            filling.fill(draft)
            draft.save()

    parts.store.transaction(work)


def _tried(parts: Parts, booking_id: str, tries: int, origin: Origin) -> bool:
    """Tries to fill one that waits. Nobody found is not said again."""

    def work(store: Store) -> bool:
        booking = store.bookings.get(booking_id)
        if booking is None or booking["status"] not in states.OPEN:
            store.waiting.drop(booking_id)
            return False
        if bookings.worth_trying_until(booking) <= origin.now:
            store.waiting.drop(booking_id)
            return False
        booking["start"] = bookings.starting_now(booking, origin.now)
        draft = Draft(store, booking, origin)
        found = filling.fill(draft, say_unfilled=False, tries=tries)
        if found:
            draft.save()
        return found

    return parts.store.transaction(work)
