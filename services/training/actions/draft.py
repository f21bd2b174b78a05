"""An application being changed, together with the events that say so; the action that made it saves both at once."""

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from services.training.rules import states
from services.training.rules.event_data import about
from services.training.rules.faults import AppliedAlready, NoSuchApplication
from services.training.rules.turn import turned
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.events import Event
from shared.outbox.records import RecordExists

Document = dict[str, Any]
Said = tuple[type[Event], dict[str, Any]]


@dataclass
class Draft:
    """`application` as it is becoming, `said` so far. The store may be over a transaction.

    Its values are replaced, never changed in place: what is another object than when it was loaded is written.
    """

    store: Store
    application: Document
    context: CommandContext
    zone: ZoneInfo
    said: list[Said] = field(default_factory=list)
    loaded: Document = field(init=False)

    def __post_init__(self) -> None:
        self.loaded = dict(self.application)

    @property
    def status(self) -> str:
        return str(self.application["status"])

    def move(self, command: str) -> None:
        """To where a command leads; raises MoveNotDrawn."""
        self.application["status"] = states.target(self.application, command)

    def say(self, event: type[Event], **more: Any) -> None:
        """Notes an event; all carry the application as it is when it is saved."""
        self.said.append((event, more))

    def ready(self) -> tuple[Document, list[Event], CommandContext, Document]:
        """The application with its `next`, what it says, and as it was loaded, for a save."""
        self.application = turned(self.application, self.context.now, self.zone) | {"updated_at": self.context.now}
        facts = about(self.application)
        return self.application, [event(**facts, **more) for event, more in self.said], self.context, self.loaded

    def save(self) -> Document:
        """Writes it; raises StaleRecord, VersionDiffers, and AppliedAlready where this person has another one for the period."""
        application, events, context, loaded = self.ready()
        try:
            return self.store.applications.save(application, events, context, loaded=loaded)
        except RecordExists as error:
            if "persons" in error.key:
                raise AppliedAlready() from None
            raise


def draft_of(store: Store, application_id: str, context: CommandContext, zone: ZoneInfo) -> Draft:
    """An application to change. Raises NoSuchApplication, VersionDiffers."""
    application = store.applications.load(application_id, context)
    if application is None:
        raise NoSuchApplication()
    return Draft(store, application, context, zone)
