"""Buffered reads of a consumer's AMQP connection: one system call reads a dozen messages.

py-amqp makes a system call for every part of every frame, nine reads per message, and each releases the interpreter's lock to the
thread that settles. This module replaces its transport's `read_frame`. Over TLS one read takes at most one whole record, so that no
decrypted data is left where `select` does not see it.
"""

import ssl
from struct import unpack_from
from typing import Any

from amqp.exceptions import UnexpectedFrame

READ_BYTES = 16 * 1024
HEADER_BYTES, END_BYTES, FRAME_END = 7, 1, 0xCE


class FrameReader:
    """Replaces a transport's `read_frame`. A frame is taken from the buffer only when it is complete: a timeout loses nothing."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._buffer = b""
        self._at = 0  # where the next frame begins in the buffer

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
        """Whether the buffer holds a complete frame."""
        return self._lacking() <= 0

    def _lacking(self) -> int:
        """The least number of bytes that the next frame still lacks; less than one where it is complete."""
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
    """Makes each read take all that has arrived and buffer what is not needed yet. No frame may be half read at this moment."""
    connection.transport.read_frame = FrameReader(connection.transport)


def drain(connection: Any, wait: float) -> None:
    """Dispatches one message from the network, waiting at most `wait` seconds for it, and every complete frame read with it."""
    try:
        connection.drain_events(timeout=wait)
    except TimeoutError:
        return
    drain_buffer(connection)


def drain_buffer(connection: Any) -> None:
    """Dispatches the complete frames in the buffer; `select` reports when the rest of a frame arrives."""
    while connection.connected and connection.transport.read_frame.has_frame():
        connection.blocking_read()
