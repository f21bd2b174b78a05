"""What every record has, and types shared by several."""

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

Direction = Literal["in", "out", "own"]
Texts = Mapping[str, str]
"""A text by language."""


class Stored(TypedDict):
    """The fields of every record; `version` and `last_sequence` are set by the outbox."""

    _id: str
    version: NotRequired[int]
    last_sequence: NotRequired[int]
    last_external_version: NotRequired[int]
