"""What goes to the broker in one write is, byte for byte, what py-amqp would have written."""

from types import SimpleNamespace
from typing import Any

import amqp
import pytest
from amqp import spec
from amqp.method_framing import frame_writer
from amqp.serialization import dumps

from shared.broker.framing import publish_frames

FRAME_MAX = 4096


def _by_amqp(channel: int, exchange: str, key: str, body: bytes, headers: dict[str, Any] | None) -> bytes:
    written: list[bytes] = []
    connection = SimpleNamespace(frame_max=FRAME_MAX, bytes_sent=0)
    write = frame_writer(connection, SimpleNamespace(write=lambda part: written.append(bytes(part))))
    message = amqp.Message(
        body,
        content_type="application/cloudevents+json",
        application_headers=headers,
        delivery_mode=2,
        message_id="01980000-0000-7000-8000-0000000000aa",
        user_id="imc_intake",
    )
    write(1, channel, spec.Basic.Publish, dumps("Bssbb", (0, exchange, key, False, False)), message)
    return b"".join(written)


@pytest.mark.parametrize("headers", [{}, {"rebuild": "x", "first": 1, "last": True}, {"\ud800": 1}])
@pytest.mark.parametrize("size", [0, 1, 900, FRAME_MAX - 9, FRAME_MAX - 8, FRAME_MAX - 7, 5 * FRAME_MAX])
def test_as_the_library_writes_it(size: int, headers: dict[str, Any]) -> None:
    body = bytes(number % 251 for number in range(size))
    for channel, exchange, key in ((1, "imc.events", "intake.referral.received"), (7, "", "schlüssel")):
        ours = publish_frames(
            channel, FRAME_MAX, exchange, key, body, content_type="application/cloudevents+json", headers=headers,
            message_id="01980000-0000-7000-8000-0000000000aa", user_id="imc_intake",
        )  # fmt: skip
        assert ours == _by_amqp(channel, exchange, key, body, headers or None)


def test_a_name_too_long_for_the_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="range"):
        publish_frames(1, FRAME_MAX, "x", "k", b"", content_type="t", headers={}, message_id="i" * 256, user_id="u")
