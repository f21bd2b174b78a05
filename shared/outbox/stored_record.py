"""The fields that every record with an outbox has, as a type. It loads nothing, so that rules can build their records on it."""

from typing import NotRequired, TypedDict


class StoredRecord(TypedDict):
    """A record of records.py, which sets all but `_id` when the record is saved."""

    _id: str
    version: NotRequired[int]
    last_sequence: NotRequired[int]
    last_external_version: NotRequired[int]
