"""What operators do with events that could not be handled: redrive, discard with a reason, restore, note.

Redriving hands an event to the hearer that failed, never to everyone, under the same id. Each act and its entry in the
audit are one transaction: what cannot be noted does not happen. Not here: seeing what is kept (standing.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.errors import Conflict, IllegalMove, NotFound
from shared.ids import new_id
from shared.messaging import held
from shared.messaging.envelope import Unreadable, decode
from shared.messaging.hearing import nudge
from shared.mongo import Document, in_transaction
from shared.origin import Origin
from shared.records import Records

MOST_REDRIVEN = 2000
MOST_DISCARDED = 200
WHY_STAYING = {
    "unreadable": "no events, as far as this version can read: discard them, or redrive them after an upgrade",
    "foreign": "not said by whose event it would be: never handed over",
}
"""Of what origin an event is that is never redriven, and why."""
ALLOWED = {held.PARKED: ("redrive", "discard", "note"), held.DISCARDED: ("restore", "note")}
Which = Mapping[str, Any]


class NothingSuch(NotFound, LookupError):
    """No kept event fits what was asked for."""


class NotPossible(IllegalMove):
    """The event is not in a state this starts from."""

    def __init__(self, document: Document) -> None:
        super().__init__(f"The event is {document['state']}.", allowed(document))


class EarlierKept(Conflict, ValueError):
    """An earlier event of the same subject is kept, and would be overtaken."""


class CountDiffers(Conflict):
    """There are now more or fewer of them than the person saw."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts and why; `source` is the address or machine they act from, `acts` keeps the answer to a repeated request."""

    origin: Origin
    why: str = ""
    source: str | None = None
    acts: Records | None = None


def allowed(document: Document) -> list[str]:
    """What may be done with a kept event. One nobody could read is read anew with its group, after an upgrade."""
    possible = ALLOWED.get(document["state"], ("note",))
    return [act for act in possible if act != "redrive" or document["origin"] not in WHY_STAYING]


def redrive(
    database: Database[Document], which: Which, origin: Origin, why: str = "", source: str | None = None
) -> int:
    """Makes all parked events due now that fit; `which` is `{"_id": …}`, `{"cause": …}` or `{}` for all. Returns how many.

    No more than are parked at the start: what fails again meanwhile is not driven round and round.
    """
    done, hand = 0, Hand(origin, why, source)
    there = database.held.count_documents({**which, "state": held.PARKED})
    while done < there and (some := redrive_some(database, which, hand)["events"]):
        done += some
    return done


def redrive_some(database: Database[Document], which: Which, hand: Hand) -> Document:
    """The same for as many as fit into one act, which it returns; `events` says how many.

    What was checked when an event first came is checked again: its schema, its sayer, that no earlier one is missing. One parked for
    a gap is handled in spite of it only where it was named, by its id or by that cause; the missing ones are still taken if they
    ever come. What an older version could not read is read anew; what still is no event, or was not its sayer's, stays.
    """
    _read_anew(database, which)
    query = {**which, "state": held.PARKED, "origin": {"$nin": list(WHY_STAYING)}}

    def work(session: ClientSession) -> tuple[int, int]:
        there = database.held.count_documents({**which, "state": held.PARKED}, session=session)
        ids = [row["_id"] for row in database.held.find(query, {"_id": 1}, session=session).limit(MOST_REDRIVEN)]
        _make_due(database, ids, hand, session, past_gap="_id" in which or which.get("cause") == "gap")
        return len(ids), there - len(ids)

    return _acted(database, "redrive", which, hand, work)


def staying(database: Database[Document], which: Which) -> dict[str, int]:
    """What of the parked a redrive leaves where it is: why, and how many."""
    found = database.held.aggregate(
        [
            {"$match": {**which, "state": held.PARKED, "origin": {"$in": list(WHY_STAYING)}}},
            {"$group": {"_id": "$origin", "count": {"$sum": 1}}},
            {"$sort": {"_id": 1}},
        ]
    )
    return {WHY_STAYING[row["_id"]]: row["count"] for row in found}


def redrive_one(database: Database[Document], event_id: str, hand: Hand) -> Document:
    """The act; raises NothingSuch and NotPossible."""
    _read_anew(database, {"_id": event_id})
    return _acted_on_one(
        database,
        "redrive",
        event_id,
        hand,
        lambda document, session: _make_due(database, [event_id], hand, session, past_gap=True),
    )


def discard(
    database: Database[Document], event_id: str, origin: Origin, why: str, source: str | None = None
) -> Document:
    """Gives an event up with a reason; those behind it go on. Restorable. As `discard_one`."""
    return discard_one(database, event_id, Hand(origin, why, source))


def discard_one(database: Database[Document], event_id: str, hand: Hand) -> Document:
    """The act. Raises NothingSuch, NotPossible; ValueError without a reason, EarlierKept."""
    _check_reason(hand)
    return _acted_on_one(
        database, "discard", event_id, hand, lambda document, session: _discard(database, document, hand, session)
    )


def discard_some(database: Database[Document], which: Which, hand: Hand, seen: int) -> Document:
    """Gives up what fits, as much as one act takes; `seen` is how many the person saw. What an earlier event holds back stays.

    Raises ValueError without a reason, CountDiffers.
    """
    _check_reason(hand)
    query = {**which, "state": held.PARKED}

    def work(session: ClientSession) -> tuple[int, int]:
        there = database.held.count_documents(query, session=session)
        if there != seen:
            raise CountDiffers(f"There are now {there} of them, not {seen}; look again.")
        in_order = [("mark", 1), ("sequence", 1)]
        found = list(database.held.find(query, session=session).sort(in_order).limit(MOST_DISCARDED))
        done = sum(_discarded(database, document, hand, session) for document in found)
        return done, there - done

    return _acted(database, "discard", which, hand, work)


def restore(
    database: Database[Document], event_id: str, origin: Origin, why: str = "", source: str | None = None
) -> Document:
    """Parks a discarded event again. As `restore_one`."""
    return restore_one(database, event_id, Hand(origin, why, source))


def restore_one(database: Database[Document], event_id: str, hand: Hand) -> Document:
    """The act; redriving the event then handles it, late but once. Raises NothingSuch and NotPossible."""

    def work(document: Document, session: ClientSession) -> None:
        _change(database, [event_id], {"state": held.PARKED, "restored": True}, "restored", hand, session)

    return _acted_on_one(database, "restore", event_id, hand, work)


def note(database: Database[Document], event_id: str, hand: Hand) -> Document:
    """Writes a remark (`why`) into the event's history; the act. Raises NothingSuch."""

    def work(document: Document, session: ClientSession) -> None:
        _change(database, [event_id], {}, "note", hand, session)

    return _acted_on_one(database, "note", event_id, hand, work)


def _check_reason(hand: Hand) -> None:
    if not hand.why.strip():
        raise ValueError("why: expected a reason")


def _read_anew(database: Database[Document], which: Which) -> None:
    for document in database.held.find({**which, "state": held.PARKED, "origin": "unreadable"}):
        try:
            heard = decode(bytes(document["body"]), document["content_type"])
        except Unreadable:
            continue
        known = {"origin": "event", "mark": heard.mark, "sequence": heard.sequence, "type": heard.type}
        database.marks.update_one({"_id": heard.mark}, {"$setOnInsert": {"last": 0}}, upsert=True)
        database.held.update_one({"_id": document["_id"]}, {"$set": known})


def _make_due(database: Database[Document], ids: list[str], hand: Hand, session: ClientSession, past_gap: bool) -> None:
    change = {"state": held.WAITING, "due": hand.origin.now, "attempts": 0, "leased_until": None, "forced": past_gap}
    _change(database, ids, change, "redriven", hand, session)


def _change(
    database: Database[Document], ids: list[str], change: Document, what: str, hand: Hand, session: ClientSession
) -> None:
    line = held.line(hand.origin.now, what, hand.origin.actor, hand.why)
    update = ({"$set": change} if change else {}) | {"$push": {"history": line}}
    database.held.update_many({"_id": {"$in": ids}}, update, session=session)


def _discarded(database: Database[Document], document: Document, hand: Hand, session: ClientSession) -> bool:
    try:
        _discard(database, document, hand, session)
    except EarlierKept:
        return False
    return True


def _discard(database: Database[Document], document: Document, hand: Hand, session: ClientSession) -> None:
    event_id, now = document["_id"], hand.origin.now
    given_up = {"state": held.DISCARDED, "due": None}
    if not document["mark"]:
        _change(database, [event_id], given_up, "discarded", hand, session)
        return
    mark = database.marks.find_one({"_id": document["mark"]}, session=session) or {"last": 0}
    before = {"mark": document["mark"], "sequence": {"$gt": mark["last"], "$lt": document["sequence"]}}
    if database.held.find_one({**before, "state": {"$ne": held.DISCARDED}}, {"_id": 1}, session=session):
        raise EarlierKept(
            f"{event_id}: expected no earlier event of its subject kept; redrive or discard that one first"
        )
    _change(database, [event_id], given_up, "discarded", hand, session)
    skipped = held.skipped(mark["last"], document["sequence"])
    change: Document = {"$pull": {"held": {"id": event_id}}, "$max": {"last": document["sequence"]}}
    if skipped:
        change["$push"] = {"missing": {"$each": skipped}}
    database.marks.update_one({"_id": document["mark"]}, change, session=session)
    nudge(database, document["mark"], max(mark["last"], document["sequence"]), now, session)


def _acted_on_one(
    database: Database[Document],
    act: str,
    event_id: str,
    hand: Hand,
    work: Callable[[Document, ClientSession], None],
) -> Document:
    def checked(session: ClientSession) -> tuple[int, int]:
        document = database.held.find_one({"_id": event_id}, session=session)
        if document is None:
            raise NothingSuch(f"no kept event {event_id}")
        hand.origin.expects({"version": len(document["history"])})
        if act not in allowed(document):
            raise NotPossible(document)
        work(document, session)
        return 1, 0

    return _acted(database, act, {"_id": event_id}, hand, checked)


def _acted(
    database: Database[Document], act: str, which: Which, hand: Hand, work: Callable[[ClientSession], tuple[int, int]]
) -> Document:
    """The work, and who did it; an act on nothing leaves no entry. `left` of those that fit it are still parked."""

    def both(session: ClientSession) -> Document:
        events, left = work(session)
        entry = {
            "_id": new_id(),
            "time": hand.origin.now,
            "actor": hand.origin.actor,
            "from": hand.source or hand.origin.cause,
            "act": f"dead.{act}",
            "which": {str(key): None if value is None else str(value) for key, value in which.items()},
            "why": hand.why,
            "request_id": hand.origin.cause,
            "events": events,
            "left": left,
        }
        if events:
            database.audit.insert_one(entry, session=session)
            if hand.acts is not None:
                hand.acts.within(session).insert(dict(entry), [], hand.origin)
        return entry

    return in_transaction(database, both)
