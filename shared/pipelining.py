"""Writes of a transaction sent one after the other over one connection without waiting for each answer; all are answered for at the end.

MongoDB does what comes over one connection in the order it came. To wait for each answer costs a lone caller half a millisecond
of sleeping and waking, and a busy one caches gone cold. Reaches into pymongo, whose version is locked: its pool and its sessions are
used as it does, its telemetry and its retries are not.
"""

from collections.abc import Sequence
from typing import Any

from bson.codec_options import DEFAULT_CODEC_OPTIONS
from pymongo import ReadPreference
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from pymongo.helpers_shared import _check_command_response
from pymongo.message import _op_msg

Document = dict[str, Any]
Command = dict[str, Any]


def commands_of(collection: str, operations: Sequence[Any], ordered: bool = True) -> list[Command]:
    """pymongo's InsertOne and UpdateOne as the commands they become: neighbours of a kind share one."""
    found = _Commands(collection, ordered)
    for operation in operations:
        operation._add_to_bulk(found)
    return found.commands


class _Commands:
    """What operations add themselves to, as pymongo's own bulk has it."""

    def __init__(self, collection: str, ordered: bool) -> None:
        self._collection, self._ordered = collection, ordered
        self.commands: list[Command] = []

    def add_insert(self, document: Document) -> None:
        self._add("insert", "documents", document)

    def add_update(self, found: Document, change: Any, multi: bool, upsert: bool | None, **more: Any) -> None:
        if any(value is not None for value in more.values()):
            raise TypeError(f"of an update expected no more than filter, change and upsert, not {more}")
        self._add("update", "updates", {"q": found, "u": change, "multi": multi, "upsert": bool(upsert)})

    def _add(self, name: str, field: str, statement: Document) -> None:
        if not self.commands or name not in self.commands[-1]:
            self.commands.append({name: self._collection, "ordered": self._ordered, field: []})
        self.commands[-1][field].append(statement)


def write_within(
    session: ClientSession, database: Database[Document], commands: Sequence[Command]
) -> tuple[int, BulkWriteError] | None:
    """Writes of a transaction in one go. None, or which command's statements failed first: then the transaction is over.

    The commit must not leave with them: a statement the server refuses before it looks at the session (no time left, no right)
    ends no transaction. Raises what is wrong with a command as a whole, or with the connection; the transaction is to be aborted.
    """
    with session.client._conn_for_writes(session, "insert") as connection:
        connection.apply_timeout(None)
        messages = [_message(session, connection, database.name, command) for command in commands]
        answers = _answers(connection, messages)
        for answer in answers:
            session.client._process_response(answer, session)
        for place, answer in enumerate(
            answers
        ):  # raised in here, so that the driver learns of a server that is primary no more
            _check_command_response(answer, connection.max_wire_version, parse_write_concern_error=True)
            if "writeErrors" in answer:
                return place, BulkWriteError(answer)
    return None


def _message(session: ClientSession, connection: Any, database: str, command: Command) -> tuple[int, bytes, int]:
    """(number, message, size of its biggest document). The command's name must stand first in it."""
    session._apply_to(command, False, ReadPreference.PRIMARY, connection)
    session._transaction.set_in_progress()
    connection.send_cluster_time(command, session, session.client)
    number, message, _, biggest = _op_msg(0, command, database, None, DEFAULT_CODEC_OPTIONS)
    return number, message, biggest


def _answers(connection: Any, messages: Sequence[tuple[int, bytes, int]]) -> list[Document]:
    """Sends all and reads all: what lay unread would be taken for the answer to somebody else's command."""
    try:
        connection.send_message(b"".join(message for _, message, _ in messages), max(size for *_, size in messages))
        return [connection.receive_message(number).unpack_response()[0] for number, *_ in messages]
    except BaseException:
        connection.close_conn(None)
        raise
