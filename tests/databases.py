"""Databases for tests: empty when a test gets one, and used again by the tests of its file.

Making a service's collections and indexes and dropping them again costs the server half a second of a test that takes a
tenth: so what a test leaves is swept out, and its collections stand for the next test of the same file.
"""

import secrets
from collections import OrderedDict
from typing import Any

import pymongo
from pymongo import WriteConcern
from pymongo.database import Database

MOST_STANDING = 6
QUICK = WriteConcern(w=1)
Document = dict[str, Any]


class Databases:
    """One per test process. Those of the files used last stand; the others are dropped, for the server's sake."""

    def __init__(self, url: str) -> None:
        self._client: pymongo.MongoClient[Document] = pymongo.MongoClient(
            url, tz_aware=True, w="majority", journal=True, serverSelectionTimeoutMS=10_000
        )
        self._standing: OrderedDict[str, str] = OrderedDict()

    def lease(self, scope: str) -> Database[Document]:
        """An empty database; `scope` is the file whose tests may have made its collections."""
        name = self._standing.pop(scope, None)
        if name is not None:
            if not self._stirs(name):
                return self._client[name]
            self._client.drop_database(name)  # something of the last test wrote on: it may do so for a while
        return self._client[f"test_{secrets.token_hex(6)}"]

    def give_back(self, scope: str, database: Database[Document]) -> None:
        """Swept out, and kept where its collections are plain."""
        collections = self._collections(database.name)
        if scope in self._standing or any(made.get("options") for made in collections):
            self._client.drop_database(database.name)
            return
        for made in collections:
            database.get_collection(made["name"], write_concern=QUICK).delete_many({})
        self._standing[scope] = database.name
        if len(self._standing) > MOST_STANDING:
            self._client.drop_database(self._standing.popitem(last=False)[1])

    def close(self) -> None:
        for name in self._standing.values():
            self._client.drop_database(name)
        self._client.close()

    def _stirs(self, name: str) -> bool:
        return any(self._client[name][made["name"]].estimated_document_count() for made in self._collections(name))

    def _collections(self, name: str) -> list[Document]:
        return [made for made in self._client[name].list_collections() if not made["name"].startswith("system.")]
