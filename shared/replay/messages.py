"""The control messages on the replay exchange: a consumer's request, and the publisher's end of the answer."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, TypeVar

import msgspec

from shared.broker.envelope import REPLAY_CONTENT_TYPE
from shared.broker.names import Names
from shared.broker.publisher import Message
from shared.ids import new_id
from shared.mongo import Index
from shared.settings import SERVICES

INDEXES = [Index("replay_events", [("replay", 1), ("subject_key", 1), ("sequence", 1)])]
LEASE_SECONDS = 120
BATCH = 200
T = TypeVar("T")
Service = Annotated[str, msgspec.Meta(pattern=rf"\A({'|'.join(SERVICES)})\Z")]


class ReplayMessage(msgspec.Struct):
    """A control message. `request`: the consumer requests the publisher's events. `end`: the publisher has sent all, `total` of them."""

    what: Literal["request", "end"]
    replay: str
    consumer: Service
    publisher: Service
    total: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0


def to_message(names: Names, message: ReplayMessage, service: str) -> Message:
    """The broker message that carries this to one service."""
    return Message(names.replay, service, msgspec.json.encode(message), new_id(), {}, REPLAY_CONTENT_TYPE)


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    """Splits the items into lists of at most `BATCH`."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
