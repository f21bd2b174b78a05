"""The guard of each interpreter's day: `days` holds one document per interpreter and local day with all claims of that day.

Whoever claims changes the document of every day the claim and its buffer touch, in the transaction of the booking: of two
that compete for the same hour, one fails and looks again. A search before an insert would not do: nothing they both change.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.interpreting.rules.periods import Claim, touched_days

Document = dict[str, Any]
A_DAY = timedelta(days=1)


class Claims:
    """Reads anywhere; writes only within a transaction that read the same days before."""

    def __init__(self, database: Database[Document], zone: ZoneInfo, session: ClientSession | None) -> None:
        self._days, self._zone, self._session = database.days, zone, session

    def held(self, wanted: Iterable[tuple[str, Claim, timedelta]]) -> dict[str, list[Claim]]:
        """Claims on the days a claim would touch, for many (interpreter, claim, buffer) with one look; by interpreter."""
        ids = [day_id(who, day) for who, claim, buffer in wanted for day in self._touched(claim, buffer)]
        held: dict[str, dict[str, Claim]] = {}
        for row in self._days.find({"_id": {"$in": ids}}, {"interpreter_id": 1, "held": 1}, session=self._session):
            mine = held.setdefault(row["interpreter_id"], {})
            for entry in row["held"]:
                mine[entry["booking_id"]] = Claim(**entry)
        return {who: list(mine.values()) for who, mine in held.items()}

    def hold(self, interpreter_id: str, claim: Claim, buffer: timedelta) -> None:
        """Writes the claim into every day it touches; what was held there for the same booking is replaced."""
        assert self._session is not None, "a claim is part of its booking's transaction"
        entry = {name: getattr(claim, name) for name in ("booking_id", "start", "end", "modality", "place")}
        for day in self._touched(claim, buffer):
            guard = {"_id": day_id(interpreter_id, day)}
            self._days.update_one(guard, _replaced(interpreter_id, day, entry), upsert=True, session=self._session)

    def let_go(self, interpreter_id: str, booking_id: str, start: datetime, end: datetime) -> None:
        """Takes the claim out again; a day around it is searched too, as the buffer may have changed since."""
        days = touched_days(start - A_DAY, end + A_DAY, timedelta(0), self._zone)
        self._days.update_many(
            {"_id": {"$in": [day_id(interpreter_id, day) for day in days]}, "held.booking_id": booking_id},
            {"$pull": {"held": {"booking_id": booking_id}}, "$inc": {"changes": 1}},
            session=self._session,
        )

    def _touched(self, claim: Claim, buffer: timedelta) -> tuple[str, ...]:
        return touched_days(claim.start, claim.end, buffer, self._zone)


def _replaced(interpreter_id: str, day: str, entry: Document) -> list[Document]:
    """The day with this claim in place of an earlier one of the same booking, counted so that the write always changes it."""
    others = {
        "$filter": {
            "input": {"$ifNull": ["$held", []]},
            "as": "one",
            "cond": {"$ne": ["$$one.booking_id", entry["booking_id"]]},
        }
    }
    fields = {
        "interpreter_id": {"$literal": interpreter_id},
        "day": {"$literal": day},
        "held": {"$concatArrays": [others, [{"$literal": entry}]]},
        "changes": {"$add": [{"$ifNull": ["$changes", 0]}, 1]},
    }
    return [{"$set": fields}]


def day_id(interpreter_id: str, day: str) -> str:
    """The guard of one interpreter's local day."""
    return f"{interpreter_id}/{day}"
