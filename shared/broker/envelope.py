"""An event on the wire: CloudEvents 1.0, structured JSON, with our extensions. Decoding is strict about the envelope only.

The CloudEvents JSON format is implemented here rather than by the `cloudevents` library, whose AMQP binding is for AMQP 1.0.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from shared.clock import parse_rfc3339, rfc3339
from shared.command_context import CommandContext
from shared.events import CATALOGUE, Event
from shared.events.language import Definition

CONTENT_TYPE = "application/cloudevents+json"
REPLAY_CONTENT_TYPE = "application/vnd.imc.replay+json"
REPLAY_HEADER = "replay"
MAX_BYTES = 1024 * 1024
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Sequence = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
E = TypeVar("E", bound=Event, covariant=True)


class Unreadable(Exception):
    """The message is not an event of the catalogue; the error's text becomes the reason of the dead-lettered message."""


class _Envelope(msgspec.Struct, omit_defaults=True):
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


class _RawEnvelope(_Envelope, omit_defaults=True):
    data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class ReceivedEvent(Generic[E]):
    """One event as a handler receives it. `type` is the routing key, `service` its publisher, `data` the typed struct."""

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
    def subject_key(self) -> str:
        """The subject's key, unique across all publishers: the id of a consumer's position."""
        return subject_key_of(CATALOGUE[self.type], self.subject)

    def context(self, now: datetime, service: str) -> CommandContext:
        """The CommandContext of what `service` does automatically because of this event; the event's own cause is in the event."""
        return CommandContext(now=now, actor=f"service:{service}", cause=self.id, traceparent=self.traceparent)


def subject_key_of(definition: Definition, subject: str) -> str:
    """`<publisher>/<subject kind>/<subject>`."""
    return f"{definition.service}/{definition.subject}/{subject}"


_encoder = msgspec.json.Encoder()
_envelope_decoder = msgspec.json.Decoder(_RawEnvelope)


@cache
def _data_decoder(struct: type[Event]) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(struct)


def encode(entry: dict[str, Any], subject: str) -> bytes:
    """The message body of an outbox or event log entry."""
    type_ = entry["type"]
    return _encoder.encode(
        _Envelope(
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


def encode_received(event: ReceivedEvent[Event]) -> bytes:
    """The message body of a received event, as it was published."""
    entry = {
        "id": event.id,
        "type": event.type,
        "time": event.time,
        "data": event.data,
        "correlationid": event.correlation_id,
        "causationid": event.causation_id,
        "actor": event.actor,
        "sequence": event.sequence,
        "traceparent": event.traceparent,
    }
    return encode(entry, event.subject)


def decode(body: bytes, content_type: str | None) -> ReceivedEvent[Event]:
    """Reads a message; raises Unreadable with the reason. Unknown fields are ignored, unknown types are not."""
    if content_type != CONTENT_TYPE:
        raise Unreadable(f"content type {content_type!r}, expected {CONTENT_TYPE}")
    if len(body) > MAX_BYTES:
        raise Unreadable(f"{len(body)} bytes, expected at most {MAX_BYTES}")
    try:
        envelope = _envelope_decoder.decode(body)
        time = parse_rfc3339(envelope.time)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise Unreadable(f"not a CloudEvent: {error}") from error
    definition = CATALOGUE.get(envelope.type.removeprefix("imc."))
    if definition is None or not envelope.type.startswith("imc."):
        raise Unreadable(f"unknown type {envelope.type}")
    if envelope.source != f"/imc/{definition.service}" or envelope.specversion != "1.0":
        raise Unreadable("source or specversion do not fit the type")
    try:
        data = _data_decoder(definition.struct).decode(envelope.data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"data does not fit {definition.type}: {error}") from error
    return ReceivedEvent(
        id=envelope.id,
        type=definition.type,
        service=definition.service,
        subject=envelope.subject,
        sequence=envelope.sequence,
        time=time,
        data=data,
        correlation_id=envelope.correlationid,
        causation_id=envelope.causationid,
        actor=envelope.actor,
        traceparent=envelope.traceparent or None,
    )
