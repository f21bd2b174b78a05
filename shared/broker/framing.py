"""Encodes `basic.publish` as AMQP 0-9-1 frames, so that a whole batch is sent with one write.

py-amqp encodes every argument again for every message, reads from the socket before each message and writes each separately.
Only the properties that this application's messages have are encoded here; py-amqp does everything else of the protocol.
"""

from functools import lru_cache
from struct import Struct
from typing import Any

from amqp.serialization import dumps

PERSISTENT = 2
METHOD, HEADER, BODY, END = 1, 2, 3, b"\xce"
OVERHEAD = 8
BASIC, PUBLISH = 60, 40
CONTENT_TYPE, HEADERS, DELIVERY_MODE, MESSAGE_ID, USER_ID = 0x8000, 0x2000, 0x1000, 0x0080, 0x0010
_head = Struct(">BHI").pack
_content = Struct(">HHQH").pack


def publish_frames(
    channel: int,
    frame_max: int,
    exchange: str,
    key: str,
    body: bytes,
    *,
    content_type: str,
    headers: dict[str, Any],
    message_id: str,
    user_id: str,
) -> bytes:
    """The frames of one persistent message. Raises FrameSyntaxError for headers no AMQP table can hold, ValueError for an id over 255 bytes."""
    flags = CONTENT_TYPE | DELIVERY_MODE | MESSAGE_ID | USER_ID | (HEADERS if headers else 0)
    table = dumps("F", [headers]) if headers else b""
    header = b"".join(
        (
            _content(BASIC, 0, len(body), flags),
            _short(content_type),
            table,
            b"%c" % PERSISTENT,
            _text(message_id),
            _short(user_id),
        )
    )
    frames = [_method(channel, exchange, key), _head(HEADER, channel, len(header)), header, END]
    most = frame_max - OVERHEAD
    for start in range(0, len(body), most):
        part = body[start : start + most]
        frames += (_head(BODY, channel, len(part)), part, END)
    return b"".join(frames)


@lru_cache(1000)
def _method(channel: int, exchange: str, key: str) -> bytes:
    """The method frame; cached, since there are only as many as exchanges and event types."""
    method = dumps("BBBssbb", (BASIC, PUBLISH, 0, exchange, key, False, False))
    return _head(METHOD, channel, len(method)) + method + END


@lru_cache(1000)
def _short(text: str) -> bytes:
    return _text(text)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return bytes((len(encoded),)) + encoded
