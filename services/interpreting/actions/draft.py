"""A booking being changed, together with the events that say so; the action that made it saves both at once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.interpreting.rules import bookings, matching, offers, states
from services.interpreting.rules.matching import Fit
from services.interpreting.store.store import Store
from shared.command_context import CommandContext
from shared.events import Event

Document = dict[str, Any]
Period = tuple[datetime, datetime]
NOBODY: Document = {
    "interpreter_id": None,
    "interpreter_name": None,
    "filled_by": None,
    "override": None,
    "match": None,
}


@dataclass
class Draft:
    """`booking` as it is becoming, `events` said so far. The store is over the transaction."""

    store: Store
    booking: Document
    context: CommandContext
    events: list[Event] = field(default_factory=list)

    @property
    def status(self) -> str:
        return str(self.booking["status"])

    def move(self, to: str, correcting: bool = False) -> None:
        """To another state, which the table must draw."""
        assert states.may_move(self.status, to, correcting), f"{self.status} → {to}"
        self.booking["status"] = to

    def say(self, event: type[Event], **more: Any) -> None:
        """Adds an event with the booking as it now is."""
        self.events.append(event(**bookings.told(self.booking), **more))

    def ask(self) -> matching.Ask:
        """What the booking wants, knowing who interpreted for the case before."""
        return bookings.ask_of(self.booking, self.store.served_case(self.booking["case_id"]))

    def holder(self) -> Fit | None:
        """Who holds it, looked at for the booking as it now is."""
        held_by = self.booking["interpreter_id"]
        return self.store.search.one(held_by, bookings.ask_of(self.booking)) if held_by else None

    def remember_holder(self, held: Period | None = None) -> None:
        """Whoever loses it still finds it in their calendar, cancelled, as they held it."""
        lost = self.booking["interpreter_id"]
        if lost is None:
            return
        start, end = held or (self.booking["start"], self.booking["end"])
        entry = {"interpreter_id": lost, "start": start, "end": end, "place": self.booking["place"]}
        entry |= {"at": self.context.now, "version": self.booking["version"] + 1}
        others = [one for one in self.booking.get("held_before", ()) if one["interpreter_id"] != lost]
        self.booking["held_before"] = [*others, entry]

    def save(self) -> Document:
        """Writes the booking with its events; one that was not there before becomes a new record."""
        records, case = self.store.bookings, self.booking["case_id"]
        self.booking |= {"offers_due": offers.due(self.booking), "changed_at": self.context.now}
        if "version" in self.booking:
            return records.save(self.booking, self.events, self.context, case)
        return records.insert(self.booking, self.events, self.context, case)
