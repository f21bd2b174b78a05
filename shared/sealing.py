"""Sealing of personal data: AES-256-GCM under a key per person, wrapped by the service's master key (7-trust: item 10).

A block is bound to its record and its name, so that it cannot be moved. Destroying the key makes every copy unreadable.
"""

import os
from collections.abc import Iterable
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

BLOCKS = ("identity", "contact", "clinical")
Document = dict[str, Any]


class Unreadable(Exception):
    """A sealed block whose key is gone, or that was altered or moved."""


class Keyring:
    """The `keys` collection of one service: `{_id: record id, wrapped: bytes}`, wrapped by `master` (32 bytes)."""

    def __init__(self, collection: Collection[Document], master: bytes) -> None:
        self.collection = collection
        self._master = AESGCM(master)

    def new(self, record_id: str) -> tuple["DataKey", Document]:
        """A fresh key and the document to store beside the record before it."""
        raw, nonce = os.urandom(32), os.urandom(12)
        wrapped = nonce + self._master.encrypt(nonce, raw, record_id.encode())
        return DataKey(record_id, raw), {"_id": record_id, "wrapped": wrapped}

    def open_many(self, record_ids: Iterable[str], session: ClientSession | None = None) -> dict[str, "DataKey"]:
        """Keys of many records with one look-up; a destroyed key is simply not in the answer."""
        found = self.collection.find({"_id": {"$in": list(record_ids)}}, session=session)
        return {row["_id"]: DataKey(row["_id"], self._unwrap(row)) for row in found}

    def open(self, record_id: str, session: ClientSession | None = None) -> "DataKey":
        """The key of one record; raises Unreadable where it is gone."""
        row = self.collection.find_one({"_id": record_id}, session=session)
        if row is None:
            raise Unreadable(f"{record_id}: no key")
        return DataKey(record_id, self._unwrap(row))

    def _unwrap(self, row: Document) -> bytes:
        wrapped = bytes(row["wrapped"])
        try:
            return self._master.decrypt(wrapped[:12], wrapped[12:], row["_id"].encode())
        except InvalidTag as error:
            raise Unreadable(f"{row['_id']}: wrapped by another master key") from error


class DataKey:
    """The key of one person's record."""

    def __init__(self, record_id: str, raw: bytes) -> None:
        self.record_id = record_id
        self._cipher = AESGCM(raw)

    def seal(self, block: str, value: Any) -> bytes:
        """A JSON-like value as nonce + ciphertext, bound to this record and block."""
        return self.seal_bytes(block, msgspec.msgpack.encode(value))

    def open(self, block: str, sealed: bytes) -> Any:
        """The inverse of `seal`; raises Unreadable."""
        return msgspec.msgpack.decode(self.open_bytes(block, sealed))

    def seal_bytes(self, block: str, content: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, content, f"{self.record_id}/{block}".encode())

    def open_bytes(self, block: str, sealed: bytes) -> bytes:
        sealed = bytes(sealed)
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], f"{self.record_id}/{block}".encode())
        except InvalidTag as error:
            raise Unreadable(f"{self.record_id}: block {block} was altered or belongs elsewhere") from error


def service_key(master: bytes) -> DataKey:
    """The service's own key, for what is sealed but belongs to no one person (stored answers); derived from `master`."""
    return DataKey("service", HKDFExpand(SHA256(), 32, b"imc service key").derive(master))
