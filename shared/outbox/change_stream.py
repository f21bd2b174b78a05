"""New majority-committed outbox entries: a change stream, read one whole server response at a time.

pymongo's own ChangeStream yields one change at a time and resumes automatically. A relay needs all that is there at once, and after
any error it starts again with a scan: so this module sends the two commands (aggregate, getMore) directly.
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
    """A change stream that is open once it is created. It has its own `session`: the server ties a cursor to one."""

    def __init__(self, database: Database[Document], collections: Sequence[str], session: ClientSession) -> None:
        self._database, self._session = database, session
        opened = self._command({"aggregate": 1, "pipeline": _pipeline(collections), "cursor": {}})
        self._cursor, self._first = opened["cursor"]["id"], opened["cursor"]["firstBatch"]

    def read(self) -> list[DueEntries]:
        """The changes that are there, at most `MAX_CHANGES`, in order; waits up to half a second for the first."""
        first, self._first = self._first, []
        return [_entries_of(change) for change in first or self._more()]

    def close(self) -> None:
        """Closes the cursor at the server; where that fails, the server does so after its own timeout."""
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
    """The pipeline: an insert gives its outbox, an update the fields it set, including pushed entries. `_entries_of` tells them apart."""
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
    """The new entries of a change, by sequence: a whole outbox, or elements pushed onto it (`outbox.3`)."""
    if "updateDescription" not in change:
        found: list[Document] = change["fullDocument"]["outbox"]
    else:
        updated: Document = change["updateDescription"]["updatedFields"]
        found = list(updated.get("outbox") or ())
        found += [entry for field, entry in updated.items() if field.startswith("outbox.")]
    return DueEntries(
        change["ns"]["coll"], change["documentKey"]["_id"], sorted(found, key=lambda entry: entry["sequence"])
    )
