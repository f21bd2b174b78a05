"""What a web process holds for operators: one method per question and per act. Not here: how it looks over HTTP (routes.py)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.clock import Clock, parse_rfc3339
from shared.errors import Conflict
from shared.messaging import held, parking, standing
from shared.messaging.parking import Hand
from shared.messaging.shown import payload_shown, reason_shown
from shared.messaging.way import said_shown, way
from shared.mongo import Document, Index
from shared.operations.processes import WebBeat, processes
from shared.operations.queues import Queues
from shared.origin import Origin
from shared.paging import Window, onward
from shared.records import Records
from shared.sealing import service_key
from shared.settings import Settings

Notices = Callable[[str | None, str | None], list[Document]]
CaseIdOf = Callable[[str], str | None]
Deliveries = Callable[[Database[Document], datetime], list[Document]]
LATEST_FIRST = [("time", -1), ("_id", -1)]
OLDEST_FIRST = [("held_at", 1), ("_id", 1)]
SAFE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-"


class NothingParked(Conflict):
    """Nothing of this kind is parked, or no longer."""


def is_well_kept(hears: bool, parked: int, leaving: Sequence[Document]) -> bool:
    """Whether a worker is there, nothing is parked, and what is to leave the house leaves."""
    return hears and parked == 0 and all(one["well"] for one in leaving)


def no_cases(reference: str) -> str | None:
    """For services that own none."""
    return None


def no_notices(case_id: str | None, event_id: str | None) -> list[Document]:
    """For services that send none."""
    return []


def no_deliveries(database: Database[Document], now: datetime) -> list[Document]:
    """For services that send nothing out of the house."""
    return []


@dataclass(frozen=True)
class Operations:
    """Made by build_app. `acts` keeps answers to repeated requests, `notices` is what the service made of a case's events,
    `case_id_of` finds a case by its reference, `deliveries` says what still has to leave the house.
    """

    settings: Settings
    database: Database[Document]
    clock: Clock
    records: Sequence[str]
    acts: Records
    queues: Queues
    beat: WebBeat
    version: str
    notices: Notices = no_notices
    case_id_of: CaseIdOf = no_cases
    deliveries: Deliveries = no_deliveries

    # -- questions

    def overview(self) -> Document:
        """Processes, queues, what waits to be said, what is kept and why."""
        now = self.clock()
        self.beat.leave(now)
        running, groups = processes(self.database, now), standing.groups(self.database)
        kept, queues = standing.summed(groups), self.queues.depths()
        leaving = self.deliveries(self.database, now)
        hears = any(one["well"] for one in running if one["kind"] == "worker")
        return {
            "service": self.settings.service,
            "time": now,
            "version": self.version,
            "well": queues is not None and is_well_kept(hears, kept["parked"], leaving),
            "processes": running,
            "queues": queues,
            **standing.to_say(self.database, self.records, now),
            **kept,
            "groups": groups,
            "deliveries": leaving,
        }

    def kept(self, filters: Document, window: Window) -> list[Document]:
        """A page of kept events, the one kept longest first; by state, cause and type."""
        query = onward(filters, OLDEST_FIRST, _in_time(window))
        found = self.database.held.find(query, standing.SHOWN).sort(OLDEST_FIRST).limit(window.rows)
        return [kept_shown(document) for document in found]

    def count(self, filters: Document) -> int:
        """How many kept events there are like this."""
        return self.database.held.count_documents(filters)

    def kept_event(self, event_id: str) -> Document:
        """One, with its history and what may be known of its content; raises NothingSuch."""
        document = standing.show(self.database, event_id)
        history = [{**line, "reason": line.get("reason")} for line in document["history"]]
        if document["origin"] == "unreadable":
            history = [line | {"reason": reason_shown({**document, **line})} for line in history]
        return kept_shown(document) | {
            "history": history,
            "event": payload_shown(document),
            "version": len(document["history"]),
        }

    def history(self, window: Window) -> list[Document]:
        """A page of what operators did, the latest first."""
        query = onward({"act": {"$exists": True}}, LATEST_FIRST, _in_time(window))
        return [act_shown(act) for act in self.database.audit.find(query).sort(LATEST_FIRST).limit(window.rows)]

    def act(self, act_id: str) -> Document | None:
        """One act that a person just did."""
        found: Document | None = self.database.audit.find_one({"_id": act_id, "act": {"$exists": True}})
        return found

    def way(self, case_id: str | None, event_id: str | None, subjects: Sequence[str]) -> Document:
        """A case's (by id, or by reference where this service owns cases) or one event's way through this service."""
        case_id = (case_id and self.case_id_of(case_id)) or case_id
        found = way(
            self.database,
            self.settings.service,
            self.records,
            case_id=case_id,
            event_id=event_id,
            subjects=subjects,
        )
        return {
            "service": self.settings.service,
            "case_id": case_id,
            "said": [said_shown(entry) for entry in found["said"]],
            "heard": found["heard"],
            "kept": [kept_shown(document) for document in found["kept"]],
            "notices": self.notices(case_id, event_id),
        }

    # -- acts

    def hand(self, origin: Origin, source: str, why: str | None) -> Hand:
        """Whose hand an act is done with."""
        return Hand(origin, why or "", source, self.acts)

    def redrive(self, event_id: str, hand: Hand) -> Document:
        return parking.redrive_one(self.database, event_id, hand)

    def discard(self, event_id: str, hand: Hand) -> Document:
        return parking.discard_one(self.database, event_id, hand)

    def restore(self, event_id: str, hand: Hand) -> Document:
        return parking.restore_one(self.database, event_id, hand)

    def note(self, event_id: str, hand: Hand) -> Document:
        return parking.note(self.database, event_id, hand)

    def redrive_group(self, which: Document, hand: Hand) -> Document:
        """All of a cause (and type), or all there are where `which` is empty; as many as one act takes. Raises NothingParked."""
        return _something(parking.redrive_some(self.database, which, hand))

    def discard_group(self, which: Document, seen: int, hand: Hand) -> Document:
        """All of a cause (and type), which the person counted; as many as one act takes. Raises CountDiffers, NothingParked."""
        return _something(parking.discard_some(self.database, which, hand, seen))


def operations_of(
    settings: Settings,
    database: Database[Document],
    indexes: Sequence[Index],
    clock: Clock,
    version: str,
    notices: Notices = no_notices,
    case_id_of: CaseIdOf = no_cases,
    deliveries: Deliveries = no_deliveries,
) -> Operations:
    """For one web process; nothing is read or connected yet."""
    return Operations(
        settings=settings,
        database=database,
        clock=clock,
        records=standing.records_of(indexes),
        acts=Records(
            database["acts"], answers=lambda _: service_key(bytes.fromhex(settings.secret("master_key").decode()))
        ),
        queues=Queues(settings),
        beat=WebBeat(database, clock()),
        version=version,
        notices=notices,
        case_id_of=case_id_of,
        deliveries=deliveries,
    )


def kept_shown(document: Document) -> Document:
    """A kept event without its content."""
    return {
        "id": document["_id"],
        "state": document["state"],
        "type": document["type"],
        "subject": document["mark"],
        "sequence": document["sequence"],
        "cause": document["cause"],
        "reason": reason_shown(document),
        "attempts": document["attempts"],
        "due": document["due"],
        "held_at": document["held_at"],
        "size": document["size"],
        "content_type": _plain(document["content_type"]),
        "allowed": parking.allowed(document),
    }


def act_shown(act: Document) -> Document:
    """An act as the history keeps it; the whole of what was parked where it names neither event nor cause."""
    which = act["which"]
    return {
        "id": act["_id"],
        "time": act["time"],
        "actor": act["actor"],
        "source": act["from"],
        "act": act["act"].removeprefix("dead."),
        "event_id": which.get("_id"),
        "cause": which.get("cause"),
        "type": which.get("type"),
        "reason": act["why"],
        "events": act["events"],
        "left": act["left"],
    }


def group_of(cause: str, *type_: str | None) -> Document:
    """A group of parked events as it is asked for: of one cause, and of one type where that is given (None: of no known type)."""
    return {"cause": cause} | ({"type": type_[0]} if type_ else {})


def _something(act: Document) -> Document:
    if not act["events"]:
        raise NothingParked("Nothing that fits is parked, or no longer.")
    return act


def _plain(text: Any) -> str | None:
    """A technical name, and nothing else that a sayer may have put there."""
    return text if isinstance(text, str) and len(text) <= 80 and set(text) <= set(SAFE) else None


def _in_time(window: Window) -> Window:
    """A cursor carries its time as text."""
    if window.after is None:
        return window
    moment, id_ = window.after
    at: datetime = parse_rfc3339(moment)
    return Window((at, id_), window.limit)


STATES = {"waiting": standing.IN_PATIENCE, "parked": (held.PARKED,), "discarded": (held.DISCARDED,)}
"""What a list may be asked for; `waiting` are retries, followers and gaps."""
