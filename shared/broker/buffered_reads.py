"""Reads a consumer's AMQP connection through a buffer: one system call for a dozen messages.

py-amqp asks the kernel for every part of every frame, nine reads per message, and each gives the interpreter's lock away to the
thread that settles. Its transport's `read_frame` is replaced here. Over TLS one read takes one whole record at most, so that nothing
decrypted is left where `select` does not see it.
"""

import ssl
from struct import unpack_from
from typing import Any

from amqp.exceptions import UnexpectedFrame

READ_BYTES = 16 * 1024
HEADER_BYTES, END_BYTES, FRAME_END = 7, 1, 0xCE


class FrameReader:
    """In the place of a transport's `read_frame`. A frame is taken from the buffer only when it is whole: a timeout loses nothing."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._buffer = b""
        self._at = 0  # of the next frame in the buffer

    def __call__(self, *_: Any) -> tuple[int, int, bytes]:
        """(type, channel, payload) of the next frame; raises TimeoutError, OSError, UnexpectedFrame."""
        while (lacking := self._lacking()) > 0:
            self._receive(lacking)
        kind, channel, size = unpack_from(">BHI", self._buffer, self._at)
        start = self._at + HEADER_BYTES
        end = start + size
        payload, mark = self._buffer[start:end], self._buffer[end]
        self._at = end + END_BYTES
        if mark != FRAME_END:
            raise UnexpectedFrame(f"Received frame_end {mark:#04x} while expecting {FRAME_END:#04x}")
        return kind, channel, payload

    def has_frame(self) -> bool:
        """Whether a whole frame lies in the buffer."""
        return self._lacking() <= 0

    def _lacking(self) -> int:
        """How many bytes the next frame lacks at least; less than one where it is whole."""
        lacking = HEADER_BYTES + END_BYTES - (len(self._buffer) - self._at)
        return lacking if lacking > 0 else lacking + int(unpack_from(">I", self._buffer, self._at + 3)[0])

    def _receive(self, lacking: int) -> None:
        try:
            received = self._transport.sock.recv(max(lacking, READ_BYTES))
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError) as error:
            raise TimeoutError from error
        except OSError:
            self._transport.connected = False
            raise
        if not received:
            self._transport.connected = False
            raise OSError("Server unexpectedly closed connection")
        self._buffer = self._buffer[self._at :] + received
        self._at = 0


def buffer_reads(connection: Any) -> None:
    """From now on a read takes whatever is there and keeps what is not wanted yet. Nothing may be half read at this moment."""
    connection.transport.read_frame = FrameReader(connection.transport)


def drain(connection: Any, wait: float) -> None:
    """Hands on one message from the network, waiting this many seconds for it at most, and every whole frame read along with it."""
    try:
        connection.drain_events(timeout=wait)
    except TimeoutError:
        return
    drain_buffer(connection)


def drain_buffer(connection: Any) -> None:
    """Hands on the whole frames in the buffer; `select` tells when the rest of a frame comes."""
    while connection.connected and connection.transport.read_frame.has_frame():
        connection.blocking_read()
