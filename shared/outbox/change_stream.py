"""New outbox entries as a majority has them: a change stream, read one whole answer of the server at a time.

pymongo's own ChangeStream hands on event by event and resumes by itself. A relay wants all there is at once, and after any
error it starts again with a scan: so the two commands are sent as they are.
"""

from collections.abc import Sequence
from typing import Any

import pymongo
import pymongo.errors
from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.mongo import Document
from shared.outbox.cleanup import DueEntries

WAIT_MS = 500
MAX_CHANGES = 500


class StreamEnded(pymongo.errors.PyMongoError):
    """The server closed the stream: its database was dropped."""


class ChangeStream:
    """Open from the moment it is created. `session` is its own: the server ties a cursor to one."""

    def __init__(self, database: Database[Document], collections: Sequence[str], session: ClientSession) -> None:
        self._database, self._session = database, session
        opened = self._command({"aggregate": 1, "pipeline": _pipeline(collections), "cursor": {}})
        self._cursor, self._first = opened["cursor"]["id"], opened["cursor"]["firstBatch"]

    def read(self) -> list[DueEntries]:
        """What is there, at most `MAX_CHANGES`, in its order; waits up to half a second for the first."""
        first, self._first = self._first, []
        return [_entries_of(change) for change in first or self._more()]

    def close(self) -> None:
        """Frees it at the server; where that fails, the server does so by itself after a while."""
        try:
            with pymongo.timeout(1.0):
                self._command({"killCursors": "$cmd.aggregate", "cursors": [self._cursor]})
        except pymongo.errors.PyMongoError:
            return

    def _more(self) -> list[Document]:
        if not self._cursor:
            raise StreamEnded("the change stream ended")
        more = {"getMore": self._cursor, "collection": "$cmd.aggregate", "batchSize": MAX_CHANGES, "maxTimeMS": WAIT_MS}
        cursor = self._command(more)["cursor"]
        self._cursor = cursor["id"]
        changes: list[Document] = cursor["nextBatch"]
        return changes

    def _command(self, command: Document) -> Any:
        return self._database.command(command, session=self._session, codec_options=self._database.codec_options)


def _pipeline(collections: Sequence[str]) -> list[Document]:
    """An insert brings its outbox, an update the fields it set, among them what it pushed. Distinguished below: simpler, and as fast."""
    new = [
        {"operationType": "insert", "fullDocument.outbox_due": {"$exists": True}},
        {"operationType": "update", "updateDescription.updatedFields.last_sequence": {"$exists": True}},
    ]
    wanted = dict.fromkeys(("ns.coll", "documentKey", "fullDocument.outbox", "updateDescription.updatedFields"), 1)
    return [
        {"$changeStream": {}},
        {"$match": {"ns.coll": {"$in": list(collections)}, "$or": new}},
        {"$project": wanted},
    ]


def _entries_of(change: Document) -> DueEntries:
    """New entries in the order of their sequence: a whole outbox, or elements pushed onto it (`outbox.3`)."""
    if "updateDescription" not in change:
        found: list[Document] = change["fullDocument"]["outbox"]
    else:
        updated: Document = change["updateDescription"]["updatedFields"]
        found = list(updated.get("outbox") or ())
        found += [entry for field, entry in updated.items() if field.startswith("outbox.")]
    return DueEntries(
        change["ns"]["coll"], change["documentKey"]["_id"], sorted(found, key=lambda entry: entry["sequence"])
    )
