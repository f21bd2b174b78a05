"""A booking while it is changed, together with the events the change publishes; both are saved at once."""

from dataclasses import dataclass, field
from datetime import datetime

from services.interpreting.rules import bookings, offers, states
from services.interpreting.rules.bookings import NoSuchBooking
from services.interpreting.rules.event_data import BookingData, booking_data
from services.interpreting.rules.matching import Fit, Requirements
from services.interpreting.rules.records import Booking, FormerAssignment
from services.interpreting.rules.states import Status
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.events import Event

Period = tuple[datetime, datetime]


@dataclass
class BookingChange:
    """`booking` as it is after the change, `events` published so far. The store is over the transaction."""

    store: Store
    booking: Booking
    context: CommandContext
    events: list[Event] = field(default_factory=list)

    @property
    def status(self) -> Status:
        return self.booking["status"]

    def set_status(self, to: Status, correcting: bool = False) -> None:
        """Moves the booking to another state; the table of transitions must have the move."""
        assert states.can_change(self.status, to, correcting), f"{self.status} → {to}"
        self.booking["status"] = to

    def publish(self, event: Event) -> None:
        """Adds an event, which is published when the booking is saved."""
        self.events.append(event)

    def event_data(self) -> BookingData:
        """Returns the fields that every event about the booking carries, as it now is."""
        return booking_data(self.booking)

    def requirements(self) -> Requirements:
        """Returns what the booking requires of an interpreter, with those who interpreted for the case before."""
        return bookings.requirements_of(self.booking, self.store.interpreters_of_case(self.booking["case_id"]))

    def assigned_fit(self) -> Fit | None:
        """Returns the fit of the assigned interpreter for the booking as it now is."""
        assigned = self.booking["interpreter_id"]
        return self.store.search.one(assigned, bookings.requirements_of(self.booking)) if assigned else None

    def keep_former_assignment(self, claimed: Period | None = None) -> None:
        """Records the assignment that ends, so that the interpreter's calendar shows it as cancelled. `claimed`: the period they had."""
        former = self.booking["interpreter_id"]
        if former is None:
            return
        start, end = claimed or (self.booking["start"], self.booking["end"])
        entry: FormerAssignment = {
            "interpreter_id": former,
            "start": start,
            "end": end,
            "place": self.booking["place"],
            "at": self.context.now,
            "version": self.booking["version"] + 1,
        }
        others = [one for one in self.booking.get("former_assignments", ()) if one["interpreter_id"] != former]
        self.booking["former_assignments"] = [*others, entry]

    def save(self) -> Booking:
        """Writes the booking with its events; one that was not stored before becomes a new record."""
        records, case = self.store.bookings, self.booking["case_id"]
        self.booking["next_offer_expiry"] = offers.next_expiry(self.booking)
        self.booking["changed_at"] = self.context.now
        if "version" in self.booking:
            return records.save(self.booking, self.events, self.context, case)
        return records.insert(self.booking, self.events, self.context, case)


def load_for_change(store: Store, booking_id: str, context: CommandContext) -> BookingChange:
    """Returns a stored booking, to be changed by a command. Raises NoSuchBooking, VersionDiffers."""
    booking = store.bookings.load(booking_id, context)
    if booking is None:
        raise NoSuchBooking()
    return BookingChange(store, booking, context)
