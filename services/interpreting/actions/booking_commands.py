"""What people do with bookings: assign an interpreter, release, cancel, record start and end."""

from services.interpreting.actions import assignment
from services.interpreting.actions.booking_change import BookingChange, load_for_change
from services.interpreting.actions.booking_queries import find_booking
from services.interpreting.dependencies import Dependencies
from services.interpreting.rules import bookings, matching, states
from services.interpreting.rules.records import Booking, Override
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput


def assign(
    deps: Dependencies, booking_id: str, interpreter_id: str, override: str | None, context: CommandContext
) -> Booking:
    """Assigns this interpreter. Raises NoSuchBooking, CommandNotAllowed, OverrideNeeded, InterpreterAlreadyBooked …"""

    def work(store: Store) -> Booking:
        change = _load(store, booking_id, "assign", context)
        if change.status in states.OPEN:
            change.booking["start"] = bookings.effective_start(change.booking, context.now)
        fit = store.search.one(interpreter_id, change.requirements())
        if fit is None:
            raise InvalidInput([("#/interpreter_id", "expected the id of an interpreter on the roster")])
        against = matching.require_assignable(fit, override)
        stored: Override | None = None
        if against:
            stored = {"reason": override, "by": context.actor, "at": context.now, "against": list(against)}
        if change.status != states.CONFIRMED:
            assignment.confirm(change, fit, "by_hand", stored)
        elif change.booking["interpreter_id"] != interpreter_id:
            assignment.reassign(change, fit, stored)
        return change.save()

    return deps.store.transaction(work)


def _load(store: Store, booking_id: str, command: str, context: CommandContext) -> BookingChange:
    change = load_for_change(store, booking_id, context)
    states.require(command, change.status)
    return change


def release(deps: Dependencies, booking_id: str, reason: str, context: CommandContext) -> Booking:
    """Releases its interpreter, who is excluded while it is matched again."""

    def work(store: Store) -> Booking:
        change = _load(store, booking_id, "release", context)
        released = assignment.assigned_id(change.booking)
        change.booking["excluded_interpreters"] = [*change.booking["excluded_interpreters"], released]
        assignment.release(change, reason)
        assignment.fill(change)
        return change.save()

    return deps.store.transaction(work)


def start(deps: Dependencies, booking_id: str, own_account: str | None, context: CommandContext) -> Booking:
    """Records that the interpreter is there, by themselves (`own_account`) or by staff. Raises NoSuchBooking, CommandNotAllowed, TooEarly."""

    def work(store: Store) -> Booking:
        change = _load_own(store, deps, booking_id, "start", own_account, context)
        bookings.require_near(change.booking, context.now, deps.settings.time_zone)
        assignment.start(change)
        return change.save()

    return deps.store.transaction(work)


def complete(deps: Dependencies, booking_id: str, own_account: str | None, context: CommandContext) -> Booking:
    """Records that interpreting is over, whether or not the visit is."""

    def work(store: Store) -> Booking:
        change = _load_own(store, deps, booking_id, "complete", own_account, context)
        assignment.complete(change, states.DONE)
        return change.save()

    return deps.store.transaction(work)


def undo_start(deps: Dependencies, booking_id: str, own_account: str | None, context: CommandContext) -> Booking:
    """Undoes a start that was recorded by mistake; the booking is confirmed again."""

    def work(store: Store) -> Booking:
        change = _load_own(store, deps, booking_id, "correct", own_account, context)
        assignment.undo_start(change)
        return change.save()

    return deps.store.transaction(work)


WORK_COMMANDS = {"start": start, "complete": complete, "correct": undo_start}
"""The commands by which an interpreter or staff record the interpreter's work, by the last part of their address."""


def _load_own(
    store: Store, deps: Dependencies, booking_id: str, command: str, own_account: str | None, context: CommandContext
) -> BookingChange:
    """Checks whose booking it is before If-Match and before its state."""
    if own_account is not None:
        find_booking(deps, booking_id, own_account)
    return _load(store, booking_id, command, context)


def cancel(deps: Dependencies, booking_id: str, reason: str, context: CommandContext) -> Booking:
    """Cancels a booking because no interpreter is needed; the visit stays booked."""

    def work(store: Store) -> Booking:
        change = _load(store, booking_id, "cancel", context)
        assignment.cancel(change, reason, bookings.CANCELLED_BY_HAND)
        return change.save()

    return deps.store.transaction(work)
