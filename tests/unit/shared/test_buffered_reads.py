"""Frames come out whole and in order however the network cuts them, and none is left where nobody looks."""

import select
import socket
import struct
from collections.abc import Iterator

import pytest
from amqp.exceptions import UnexpectedFrame
from amqp.transport import TCPTransport

from shared.broker.buffered_reads import READ_BYTES, buffer_reads, drain, drain_buffer


def frame(payload: bytes) -> bytes:
    return struct.pack(">BHI", 1, 1, len(payload)) + payload + b"\xce"


class Line:
    """What the hearing side uses of a py-amqp connection, over py-amqp's own transport."""

    def __init__(self, sock: socket.socket) -> None:
        self.transport = TCPTransport("nowhere")
        self.transport.sock, self.transport.connected = sock, True
        self.connected, self.came = True, list[bytes]()

    def blocking_read(self, timeout: float | None = None) -> None:
        with self.transport.having_timeout(timeout):
            self.came.append(self.transport.read_frame()[2])

    def drain_events(self, timeout: float | None = None) -> None:
        self.blocking_read(timeout)


@pytest.fixture
def line() -> Iterator[tuple[Line, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line(ours)
        buffer_reads(line)
        yield line, theirs


@pytest.mark.parametrize("cut", [1, 3, 7, 8, 100, 5000, 10**6])
def test_whatever_the_cut(line: tuple[Line, socket.socket], cut: int) -> None:
    here, there = line
    payloads = [
        bytes([place]) * size for place, size in enumerate((0, 1, 200, 90, 3, min(20 * cut, 2 * READ_BYTES), 40))
    ]
    stream = b"".join(map(frame, payloads))
    for place in range(0, len(stream), cut):
        there.sendall(stream[place : place + cut])
        while select.select([here.transport.sock], [], [], 0)[0]:
            drain(here, 0.001)
    assert here.came == payloads


def test_one_read_hands_on_every_whole_frame(line: tuple[Line, socket.socket]) -> None:
    here, there = line
    there.sendall(frame(b"a") + frame(b"b") + frame(b"c")[:5])
    drain(here, 0.001)
    assert here.came == [b"a", b"b"]
    assert not select.select([here.transport.sock], [], [], 0)[0]
    drain(here, 0.001)
    there.sendall(frame(b"c")[5:])
    drain(here, 0.001)
    assert here.came == [b"a", b"b", b"c"]


def test_what_came_along_with_an_answer_is_not_left_until_more_comes(line: tuple[Line, socket.socket]) -> None:
    here, there = line
    there.sendall(frame(b"consume-ok") + frame(b"a") + frame(b"b"))
    here.blocking_read()
    drain_buffer(here)
    assert here.came == [b"consume-ok", b"a", b"b"]


def test_a_connection_that_a_frame_closed_is_not_read_on(line: tuple[Line, socket.socket]) -> None:
    here, there = line
    there.sendall(frame(b"a") + frame(b"b"))
    here.connected = False
    drain(here, 0.001)
    assert here.came == [b"a"]


def test_a_connection_that_the_broker_closed_is_known(line: tuple[Line, socket.socket]) -> None:
    here, there = line
    there.sendall(frame(b"a")[:4])
    there.close()
    with pytest.raises(OSError, match="closed"):
        drain(here, 0.001)
    assert not here.transport.connected


def test_what_is_no_frame_is_refused(line: tuple[Line, socket.socket]) -> None:
    here, there = line
    there.sendall(frame(b"a")[:-1] + b"\0")
    with pytest.raises(UnexpectedFrame):
        drain(here, 0.001)
