"""Idempotency: a repeated command has one effect and one answer. The first answer is stored inside the record that it changed.

There is no look-up before the work. The key is written into the record's `requests` in the same write, a second write with it
fails, and only then is the first answer looked up. Not here: which requests use a key (shared/web/commands.py).
"""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Protocol
from uuid import UUID

from pymongo.collection import Collection
from pymongo.read_concern import ReadConcern

from shared.command_context import Answer, Attempt
from shared.errors import Gone, KeyUsedOtherwise, MalformedRequest, StillRunning
from shared.mongo import Index
from shared.sealing import Unreadable

Document = dict[str, Any]
KEPT = timedelta(hours=24)
DURABLE_SECONDS = 2.0
_VALID = re.compile(r"[\x21-\x7e]{1,255}")


class SealingKey(Protocol):
    """The key that seals a stored answer: a person's DataKey, or the service's own key."""

    def seal_bytes(self, block: str, content: bytes) -> bytes: ...

    def open_bytes(self, block: str, sealed: bytes) -> bytes: ...


class Keeper(Protocol):
    """A collection of records that stores answers: `shared.outbox.records.Records`."""

    @property
    def collection(self) -> Collection[Document]: ...

    def answers_key(self, record_id: str) -> SealingKey: ...


def requests_index(collection: str) -> Index:
    """The unique index over idempotency keys, for every collection of records that HTTP commands write to."""
    return Index(collection, [("requests.key", 1)], unique=True, partial={"requests.key": {"$exists": True}})


def checked_key(header: str) -> str:
    """Returns a valid Idempotency-Key; raises MalformedRequest."""
    if not _VALID.fullmatch(header):
        raise MalformedRequest("Idempotency-Key: expected 1 to 255 printable ASCII characters without spaces")
    return header


def scoped(scope: str, key: str) -> bytes:
    """The stored key: a hash of the organization's or person's scope and the key."""
    return blake2b(f"{scope}\0{key}".encode(), digest_size=16).digest()


def fingerprint(*parts: bytes) -> bytes:
    """A fingerprint of the request (method, path and body), to detect another request with the same key."""
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def entry(attempt: Attempt, answer: Answer, record_id: str, now: datetime, key: SealingKey) -> Document:
    """The entry of a first attempt that is stored inside its record."""
    assert attempt.key is not None
    return {
        "key": attempt.key,
        "fingerprint": attempt.fingerprint,
        "at": now,
        "status": answer.status,
        "headers": answer.headers,
        "answer": key.seal_bytes(_block(record_id, attempt.key), answer.body),
    }


def _block(record_id: str, key: bytes) -> str:
    return f"answer/{record_id}/{key.hex()}"


def first_answer(keepers: Sequence[Keeper], attempt: Attempt, now: datetime) -> Answer | None:
    """The answer of the first attempt with this key, once it is durable; None where there was none within 24 hours.

    Raises KeyUsedOtherwise, StillRunning (the first write is not durable in time), Gone (its key was destroyed).
    """
    for keeper in keepers:
        record = keeper.collection.find_one({"requests.key": attempt.key}, {"requests.$": 1})
        if record is None:
            continue
        stored = record["requests"][0]
        if stored["at"] <= now - KEPT:
            keeper.collection.update_one({"_id": record["_id"]}, {"$pull": {"requests": {"key": attempt.key}}})
            return None
        if bytes(stored["fingerprint"]) != attempt.fingerprint:
            raise KeyUsedOtherwise("Send another Idempotency-Key, or the same request as the first time.")
        _wait_until_durable(keeper.collection, attempt.key)
        return _stored_answer(keeper, record["_id"], stored)
    return None


def _stored_answer(keeper: Keeper, record_id: str, stored: Mapping[str, Any]) -> Answer:
    try:
        body = keeper.answers_key(record_id).open_bytes(_block(record_id, bytes(stored["key"])), stored["answer"])
    except Unreadable:
        raise Gone("What the first try answered can no longer be read.") from None
    return Answer(stored["status"], dict(stored["headers"]), body)


def _wait_until_durable(collection: Collection[Document], key: bytes | None) -> None:
    """Waits until the write is majority-committed: it is visible earlier, and an answer from it could confirm what a failover rolls back."""
    durable = collection.with_options(read_concern=ReadConcern("majority"))
    deadline = time.monotonic() + DURABLE_SECONDS
    while durable.find_one({"requests.key": key}, {"_id": 1}) is None:
        if time.monotonic() > deadline:
            raise StillRunning("Try again in a moment: the first try with this Idempotency-Key is still being written.")
        time.sleep(0.005)


def forget_old(collection: Collection[Any], now: datetime) -> int:
    """Removes answers older than 24 hours from records created in the last days; for a timer, about every hour.

    Records are found by the time in their UUIDv7, so this needs no index; `Records.save` trims records that are still changed.
    """
    made = {"$gte": _first_id(now - 3 * KEPT), "$lt": _first_id(now - KEPT)}
    old = {"requests": {"at": {"$lte": now - KEPT}}}
    return collection.update_many({"_id": made, "requests.0": {"$exists": True}}, {"$pull": old}).modified_count


def _first_id(moment: datetime) -> str:
    milliseconds = int(moment.astimezone(UTC).timestamp() * 1000)
    return str(UUID(int=milliseconds << 80))
