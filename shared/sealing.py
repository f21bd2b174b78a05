"""Sealing of personal data: AES-256-GCM under a key per person, wrapped by the service's master key.

A block is bound to its record and its name, so that it cannot be moved. Destroying the key makes every copy unreadable.
A file is sealed in segments, so that neither sealing nor opening holds it whole (the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár, 2015, as in age and Tink): segments cannot be exchanged, left out or cut off.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from shared.pieces import regrouped

BLOCKS = ("identity", "contact", "clinical")
SEGMENT_BYTES = 128 * 1024
_SALT_BYTES, _TAG_BYTES = 32, 16
Document = dict[str, Any]


class Unreadable(Exception):
    """The sealed block's key no longer exists, or the block was altered or moved."""


class Keyring:
    """The data keys of one service, in its collection `keys`: `{_id: record id, wrapped: bytes}`, wrapped by `master` (32 bytes)."""

    def __init__(self, collection: Collection[Document], master: bytes) -> None:
        self.collection = collection
        self._master = AESGCM(master)

    def new(self, record_id: str) -> tuple["DataKey", Document]:
        """Returns a new key and its document, which must be stored before the record."""
        raw, nonce = os.urandom(32), os.urandom(12)
        wrapped = nonce + self._master.encrypt(nonce, raw, record_id.encode())
        return DataKey(record_id, raw), {"_id": record_id, "wrapped": wrapped}

    def open_many(self, record_ids: Iterable[str], session: ClientSession | None = None) -> dict[str, "DataKey"]:
        """The keys of many records with one look-up; destroyed keys are missing in the result."""
        found = self.collection.find({"_id": {"$in": list(record_ids)}}, session=session)
        return {row["_id"]: DataKey(row["_id"], self._unwrap(row)) for row in found}

    def open(self, record_id: str, session: ClientSession | None = None) -> "DataKey":
        """The key of one record; raises Unreadable where it no longer exists."""
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
        self._raw = raw
        self._cipher = AESGCM(raw)

    def seal(self, block: str, value: Any) -> bytes:
        """Seals a JSON-like value; returns nonce + ciphertext, bound to this record and block."""
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

    def seal_stream(self, block: str, source: BinaryIO) -> Iterator[bytes]:
        """Seals a file from its beginning: yields a salt, then segments, each bound to this record, this block and its position."""
        source.seek(0)
        salt = os.urandom(_SALT_BYTES)
        cipher = self._stream_cipher(block, salt)
        yield salt
        number, segment = 0, source.read(SEGMENT_BYTES)
        while following := source.read(SEGMENT_BYTES):
            yield cipher.encrypt(_nonce(number, last=False), segment, None)
            number, segment = number + 1, following
        yield cipher.encrypt(_nonce(number, last=True), segment, None)

    def open_stream(self, block: str, sealed: Iterable[bytes]) -> Iterator[bytes]:
        """The inverse of `seal_stream`, piece by piece; raises Unreadable at the first segment that was altered."""
        segments = regrouped(sealed, _SALT_BYTES, SEGMENT_BYTES + _TAG_BYTES)
        cipher = self._stream_cipher(block, next(segments, b""))
        number, segment = 0, next(segments, b"")
        try:
            for following in segments:
                yield cipher.decrypt(_nonce(number, last=False), segment, None)
                number, segment = number + 1, following
            yield cipher.decrypt(_nonce(number, last=True), segment, None)
        except (InvalidTag, ValueError) as error:
            raise Unreadable(f"{self.record_id}: block {block} was altered, cut or belongs elsewhere") from error

    def _stream_cipher(self, block: str, salt: bytes) -> AESGCM:
        """The cipher with a key for this file only, so that its nonces can be counters."""
        info = f"imc stream {self.record_id}/{block}".encode()
        return AESGCM(HKDF(SHA256(), 32, salt, info).derive(self._raw))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))


def service_key(master: bytes) -> DataKey:
    """The service's own key, derived from `master`, for sealed data that belongs to no single person (stored answers)."""
    return DataKey("service", HKDFExpand(SHA256(), 32, b"imc service key").derive(master))
