"""The claims on each interpreter's days: `days` holds one document per interpreter and local day with all claims of that day.

A new claim changes the document of every day that the claim and its buffer touch, in the transaction of the booking: of two
that compete for the same hour, one fails and is retried. A search before an insert would not do, because the two transactions would
change nothing in common.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.interpreting.rules.periods import Claim, touched_days
from shared.mongo import Document

A_DAY = timedelta(days=1)


class Claims:
    """Reads anywhere; writes only within a transaction that has read the same days before."""

    def __init__(self, database: Database[Document], zone: ZoneInfo, session: ClientSession | None) -> None:
        self._days, self._zone, self._session = database.days, zone, session

    def near(self, wanted: Iterable[tuple[str, Claim, timedelta]]) -> dict[str, list[Claim]]:
        """Returns the claims on the days that a claim would touch, by interpreter; for many (interpreter, claim, buffer) in one query."""
        ids = [day_id(who, day) for who, claim, buffer in wanted for day in self._touched(claim, buffer)]
        found: dict[str, dict[str, Claim]] = {}
        for row in self._days.find({"_id": {"$in": ids}}, {"interpreter_id": 1, "claims": 1}, session=self._session):
            of_one = found.setdefault(row["interpreter_id"], {})
            for entry in row["claims"]:
                of_one[entry["booking_id"]] = Claim(**entry)
        return {who: list(of_one.values()) for who, of_one in found.items()}

    def put(self, interpreter_id: str, claim: Claim, buffer: timedelta) -> None:
        """Writes the claim into every day it touches, in place of an earlier claim of the same booking."""
        assert self._session is not None, "a claim is part of its booking's transaction"
        entry = {name: getattr(claim, name) for name in ("booking_id", "start", "end", "modality", "place")}
        for day in self._touched(claim, buffer):
            query = {"_id": day_id(interpreter_id, day)}
            self._days.update_one(query, _with_claim(interpreter_id, day, entry), upsert=True, session=self._session)

    def release(self, interpreter_id: str, booking_id: str, start: datetime, end: datetime) -> None:
        """Removes the claim; a day around it is searched too, as the buffer may have changed since."""
        days = touched_days(start - A_DAY, end + A_DAY, timedelta(0), self._zone)
        self._days.update_many(
            {"_id": {"$in": [day_id(interpreter_id, day) for day in days]}, "claims.booking_id": booking_id},
            {"$pull": {"claims": {"booking_id": booking_id}}, "$inc": {"revision": 1}},
            session=self._session,
        )

    def _touched(self, claim: Claim, buffer: timedelta) -> tuple[str, ...]:
        return touched_days(claim.start, claim.end, buffer, self._zone)


def _with_claim(interpreter_id: str, day: str, entry: Document) -> list[Document]:
    """Returns the update that puts the claim in place of an earlier one of the same booking; `revision` makes every write change the day."""
    others = {
        "$filter": {
            "input": {"$ifNull": ["$claims", []]},
            "as": "one",
            "cond": {"$ne": ["$$one.booking_id", entry["booking_id"]]},
        }
    }
    fields = {
        "interpreter_id": {"$literal": interpreter_id},
        "day": {"$literal": day},
        "claims": {"$concatArrays": [others, [{"$literal": entry}]]},
        "revision": {"$add": [{"$ifNull": ["$revision", 0]}, 1]},
    }
    return [{"$set": fields}]


def day_id(interpreter_id: str, day: str) -> str:
    """Returns the id of the document of one interpreter's local day."""
    return f"{interpreter_id}/{day}"
