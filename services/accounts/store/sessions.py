"""Sessions of the pages, found by the hash of the browser's secret. They publish no events: the account publishes that one ended."""

from datetime import datetime
from typing import Any, cast

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from services.accounts.rules.records import Session
from shared.mongo import Index

SESSION_INDEXES = [
    Index("sessions", [("secret", 1)], unique=True),
    Index("sessions", [("account_id", 1), ("_id", -1)]),
    Index("sessions", [("ends_at", 1)], expire_after=0),
]


class Sessions:
    """The collection of sessions; inside a transaction if the store is."""

    def __init__(self, database: Database[dict[str, Any]], session: ClientSession | None) -> None:
        self._sessions, self._session = cast("Collection[Session]", database["sessions"]), session

    def insert(self, session: Session) -> None:
        self._sessions.insert_one(session, session=self._session)

    def by_secret(self, secret: str) -> Session | None:
        return self._sessions.find_one({"secret": secret}, session=self._session)

    def of_account(self, account_id: str) -> list[Session]:
        """Returns the person's sessions, the newest first."""
        return list(self._sessions.find({"account_id": account_id}, session=self._session).sort("_id", -1))

    def one(self, id_: str, account_id: str) -> Session | None:
        return self._sessions.find_one({"_id": id_, "account_id": account_id}, session=self._session)

    def record_use(self, id_: str, used_at: datetime, token_at: datetime, address: str) -> bool:
        """Records the last use and the time of its token; returns False if the session has ended meanwhile."""
        change = {"$max": {"used_at": used_at, "token_at": token_at}, "$set": {"address": address}}
        return bool(self._sessions.update_one({"_id": id_}, change, session=self._session).matched_count)

    def end(self, id_: str) -> None:
        self._sessions.delete_one({"_id": id_}, session=self._session)

    def end_all(self, account_id: str) -> None:
        self._sessions.delete_many({"account_id": account_id}, session=self._session)
