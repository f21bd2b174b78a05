"""An event on the wire: CloudEvents 1.0, structured JSON, with the house's extensions. Reading is strict about the frame only.

CloudEvents' JSON form is written here rather than by the `cloudevents` library, whose AMQP binding is for AMQP 1.0.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from shared.clock import parse_rfc3339, rfc3339
from shared.events import CATALOGUE, Event
from shared.events.language import Definition
from shared.origin import Origin

CONTENT_TYPE = "application/cloudevents+json"
MOST_BYTES = 1024 * 1024
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Sequence = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
E = TypeVar("E", bound=Event, covariant=True)


class Unreadable(Exception):
    """A message that is no event of the published language; its text is the reason it is parked with."""


class _Frame(msgspec.Struct, omit_defaults=True):
    specversion: str
    id: Name
    source: str
    type: str
    subject: Name
    time: str
    data: Any
    correlationid: str
    causationid: str
    actor: str
    sequence: Sequence
    datacontenttype: str = ""
    dataschema: str = ""
    traceparent: str = ""


class _RawFrame(_Frame, omit_defaults=True):
    data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Heard(Generic[E]):
    """One event as a handler gets it. `type` is the routing key; `data` the typed struct."""

    id: str
    type: str
    service: str
    subject: str
    sequence: int
    time: datetime
    data: E
    correlation_id: str
    causation_id: str
    actor: str
    traceparent: str | None = None

    @property
    def mark(self) -> str:
        """The id of the hearer's mark for this subject."""
        return mark_id(CATALOGUE[self.type], self.subject)

    def origin(self, now: datetime, service: str) -> Origin:
        """The origin of what a service does by itself because of this event; who caused that stands in the event."""
        return Origin(now=now, actor=f"service:{service}", cause=self.id, traceparent=self.traceparent)


def mark_id(definition: Definition, subject: str) -> str:
    """One per hearer and subject: sayer, subject kind, subject."""
    return f"{definition.service}/{definition.subject}/{subject}"


_encoder = msgspec.json.Encoder()
_frame_decoder = msgspec.json.Decoder(_RawFrame)


@cache
def _data_decoder(struct: type[Event]) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(struct)


def encode(entry: dict[str, Any], subject: str) -> bytes:
    """An outbox (or said) entry as it is published."""
    type_ = entry["type"]
    return _encoder.encode(
        _Frame(
            specversion="1.0",
            id=entry["id"],
            source=f"/imc/{type_.partition('.')[0]}",
            type=f"imc.{type_}",
            subject=subject,
            time=rfc3339(entry["time"]),
            data=entry["data"],
            correlationid=entry["correlationid"],
            causationid=entry["causationid"],
            actor=entry["actor"],
            sequence=entry["sequence"],
            datacontenttype="application/json",
            dataschema=f"urn:imc:schema:{type_}",
            traceparent=entry.get("traceparent") or "",
        )
    )


def encode_heard(heard: Heard[Event]) -> bytes:
    """A heard event again as it was published."""
    entry = {
        "id": heard.id,
        "type": heard.type,
        "time": heard.time,
        "data": heard.data,
        "correlationid": heard.correlation_id,
        "causationid": heard.causation_id,
        "actor": heard.actor,
        "sequence": heard.sequence,
        "traceparent": heard.traceparent,
    }
    return encode(entry, heard.subject)


def decode(body: bytes, content_type: str | None) -> Heard[Event]:
    """Reads a message; raises Unreadable with the reason. Unknown fields are ignored, unknown types are not."""
    if content_type != CONTENT_TYPE:
        raise Unreadable(f"content type {content_type!r}, expected {CONTENT_TYPE}")
    if len(body) > MOST_BYTES:
        raise Unreadable(f"{len(body)} bytes, expected at most {MOST_BYTES}")
    try:
        frame = _frame_decoder.decode(body)
        time = parse_rfc3339(frame.time)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise Unreadable(f"not a CloudEvent: {error}") from error
    definition = CATALOGUE.get(frame.type.removeprefix("imc."))
    if definition is None or not frame.type.startswith("imc."):
        raise Unreadable(f"unknown type {frame.type}")
    if frame.source != f"/imc/{definition.service}" or frame.specversion != "1.0":
        raise Unreadable("source or specversion do not fit the type")
    try:
        data = _data_decoder(definition.struct).decode(frame.data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"data does not fit {definition.type}: {error}") from error
    return Heard(
        id=frame.id,
        type=definition.type,
        service=definition.service,
        subject=frame.subject,
        sequence=frame.sequence,
        time=time,
        data=data,
        correlation_id=frame.correlationid,
        causation_id=frame.causationid,
        actor=frame.actor,
        traceparent=frame.traceparent or None,
    )
