"""Loading, decrypting and changing one application. A change and the events it publishes are saved together by the action that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from services.training.dependencies import Dependencies
from services.training.rules import people, states
from services.training.rules.event_data import application_fields
from services.training.rules.faults import AlreadyApplied, NoSuchApplication
from services.training.rules.readiness import DecryptedApplication
from services.training.rules.records.applicants import ApplicantData
from services.training.rules.records.applications import Application
from services.training.rules.records.documents import DecryptedDocument, DocumentFacts, StoredDocument
from services.training.rules.turn import with_next
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.events import Event
from shared.outbox.records import RecordExists
from shared.sealing import DataKey

NewEvent = tuple[type[Event], dict[str, Any]]


@dataclass
class ApplicationChange:
    """`application` with the changes so far, `events` to publish with it. The store may be bound to a transaction.

    Values are replaced, never changed in place: a save writes the fields whose object differs from the loaded one.
    """

    store: Store
    application: Application
    context: CommandContext
    zone: ZoneInfo
    events: list[NewEvent] = field(default_factory=list)
    loaded: Application = field(init=False)

    def __post_init__(self) -> None:
        self.loaded = self.application.copy()

    @property
    def status(self) -> str:
        return str(self.application["status"])

    def move(self, command: str) -> None:
        """Sets the state the command leads to; raises TransitionNotAllowed."""
        self.application["status"] = states.target(self.application, command)

    def add_event(self, event: type[Event], **more: Any) -> None:
        """Adds an event; every event carries the application's fields as they are at the save."""
        self.events.append((event, more))

    def to_save(self) -> tuple[Application, list[Event], CommandContext, Application]:
        """Returns the application with its `next`, its events, the context and the loaded application, for a save."""
        self.application = with_next(self.application, self.context.now, self.zone) | {"updated_at": self.context.now}
        fields = application_fields(self.application)
        return self.application, [event(**fields, **more) for event, more in self.events], self.context, self.loaded

    def save(self) -> Application:
        """Saves it; raises StaleRecord, VersionDiffers, and AlreadyApplied where this person has another application for the period."""
        application, events, context, loaded = self.to_save()
        try:
            return self.store.applications.save(application, events, context, loaded=loaded)
        except RecordExists as error:
            if "person_hashes" in error.key:
                raise AlreadyApplied() from None
            raise


def load_change(store: Store, application_id: str, context: CommandContext, zone: ZoneInfo) -> ApplicationChange:
    """Loads an application to change it. Raises NoSuchApplication, VersionDiffers."""
    application = store.applications.load(application_id, context)
    if application is None:
        raise NoSuchApplication()
    return ApplicationChange(store, application, context, zone)


def body_of(deps: Dependencies, application: Application) -> ApplicantData:
    """Returns everything the applicant wrote, decrypted."""
    return body_under(deps.store.keyring.open(application["_id"]), application)


def body_under(key: DataKey, application: Application) -> ApplicantData:
    """Returns the same with a key already loaded."""
    blocks = {name: key.open(name, sealed) for name, sealed in application["sealed"].items()}
    return people.with_blocks(application, blocks)


def find_application(deps: Dependencies, application_id: str) -> Application:
    """Returns the application. Raises NoSuchApplication."""
    application = deps.store.applications.get(application_id)
    if application is None:
        raise NoSuchApplication()
    return application


def decrypted(application: Application, key: DataKey | None) -> DecryptedApplication:
    """Returns an application with what is needed of its encrypted parts; without a key (the person was erased) nothing is known."""
    if key is None:
        return DecryptedApplication(application, {}, [])
    documents = [_decrypted_document(key, document) for document in application["documents"]]
    return DecryptedApplication(application, key.open("identity", application["sealed"]["identity"]), documents)


def _decrypted_document(key: DataKey, document: StoredDocument) -> DecryptedDocument:
    facts: DocumentFacts = key.open(f"document/{document['id']}", document["sealed"])
    stored: Mapping[str, object] = document
    return cast("DecryptedDocument", {name: value for name, value in stored.items() if name != "sealed"} | facts)


def decrypt_all(deps: Dependencies, applications: Sequence[Application]) -> list[DecryptedApplication]:
    """Decrypts many, with one look-up of their keys."""
    keys = deps.store.keyring.open_many(one["_id"] for one in applications)
    return [decrypted(one, keys.get(one["_id"])) for one in applications]


def today_of(deps: Dependencies, now: datetime) -> date:
    """Returns the date at the hospital."""
    return now.astimezone(deps.settings.time_zone).date()
