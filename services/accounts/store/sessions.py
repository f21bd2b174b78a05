"""Sessions of the pages: found by the hash of what the browser keeps. No events: what others must hear is said with the account."""

from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.mongo import Index

Document = dict[str, Any]
SESSION_INDEXES = [
    Index("sessions", [("secret", 1)], unique=True),
    Index("sessions", [("account_id", 1), ("_id", -1)]),
    Index("sessions", [("ends_at", 1)], expire_after=0),
]


class Sessions:
    """One collection; within a transaction where the store is."""

    def __init__(self, database: Database[Document], session: ClientSession | None) -> None:
        self._sessions, self._session = database["sessions"], session

    def insert(self, document: Document) -> None:
        self._sessions.insert_one(document, session=self._session)

    def by_secret(self, secret: str) -> Document | None:
        return self._sessions.find_one({"secret": secret}, session=self._session)

    def of(self, account_id: str) -> list[Document]:
        """This person's, the newest first."""
        return list(self._sessions.find({"account_id": account_id}, session=self._session).sort("_id", -1))

    def one(self, id_: str, account_id: str) -> Document | None:
        return self._sessions.find_one({"_id": id_, "account_id": account_id}, session=self._session)

    def use(self, id_: str, used_at: datetime, token_at: datetime, address: str) -> bool:
        """Notes the last use and the token it gave; False where the session was ended meanwhile."""
        change = {"$max": {"used_at": used_at, "token_at": token_at}, "$set": {"address": address}}
        return bool(self._sessions.update_one({"_id": id_}, change, session=self._session).matched_count)

    def end(self, id_: str) -> None:
        self._sessions.delete_one({"_id": id_}, session=self._session)

    def end_all(self, account_id: str) -> None:
        self._sessions.delete_many({"account_id": account_id}, session=self._session)
