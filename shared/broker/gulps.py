"""Reading a hearer's connection in gulps. py-amqp asks the kernel for every part of every frame: nine reads per message.

Each of them gives the interpreter's lock away to the thread that settles. With a read buffer of our choice it is one read for
a dozen messages. Reaches into py-amqp's transport, whose version is locked; over TLS a gulp is one whole record at most,
so that nothing decrypted is left where `select` does not see it.
"""

from struct import unpack_from
from typing import Any

GULP = 16 * 1024
AROUND_PAYLOAD = 8
"""Type, channel and size before a frame's payload, the end mark after it."""


def read_in_gulps(connection: Any) -> None:
    """From now on a read takes whatever is there, up to a gulp, and keeps what is not wanted yet."""
    transport = connection.transport
    receive = transport._quick_recv
    transport._quick_recv = lambda size: receive(max(size, GULP))


def take_what_came(connection: Any, wait: float) -> None:
    """Hands on one message from the network, waiting this long for it at most, and every whole frame read along with it."""
    try:
        connection.drain_events(timeout=wait)
    except TimeoutError:
        return
    take_what_was_read(connection)


def take_what_was_read(connection: Any) -> None:
    """Hands on the frames that lie in the buffer whole; what of a frame is still to come, `select` will tell."""
    while connection.connected and _whole_frame(connection.transport._read_buffer):
        connection.blocking_read()


def _whole_frame(read: bytes) -> bool:
    return len(read) >= AROUND_PAYLOAD and len(read) >= AROUND_PAYLOAD + unpack_from(">I", read, 3)[0]
