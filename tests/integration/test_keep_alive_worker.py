"""A web process under real connections: whoever asks again is answered, and nobody waits for threads that stay with others."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from deploy.local.mongod import free_port

THREADS = 4
SCRIPT = """
import sys, threading
from deploy.web_server import serve

def app(environ, start):
    body = environ["wsgi.input"].read() or b"%d" % threading.get_ident()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

serve(lambda: app, sys.argv[1], 1, threads=int(sys.argv[2]))
"""
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", SCRIPT, f"127.0.0.1:{port}", str(THREADS)])
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.05)
    yield "127.0.0.1", port
    server.terminate()
    assert server.wait(20) == 0, "it stops, whoever stays"


class Client:
    """One connection that is kept."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, 10)
        self._read = b""

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def answer(self) -> bytes:
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, rest = self._read.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(rest) < length:
            self._more()
            rest = self._read.partition(b"\r\n\r\n")[2]
        self._read = rest[length:]
        return rest[:length]

    def _more(self) -> None:
        data = self.socket.recv(65536)
        assert data, "closed by the server"
        self._read += data

    def ask(self, request: bytes = GET) -> bytes:
        self.socket.sendall(request)
        return self.answer()


def test_who_asks_again_at_once_is_answered_by_the_same_thread(address: tuple[str, int]) -> None:
    with Client(address) as client:
        assert len({client.ask() for _ in range(200)}) == 1


def test_who_asks_again_later_is_answered_too(address: tuple[str, int]) -> None:
    with Client(address) as client:
        client.ask()
        for pause in (0.05, 0.3, 0.05):
            time.sleep(pause)
            assert client.ask()


def test_requests_sent_without_waiting_are_all_answered_in_order(address: tuple[str, int]) -> None:
    def post(body: bytes) -> bytes:
        return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    bodies = [b"%d" % number for number in range(20)]
    with Client(address) as client:
        client.socket.sendall(b"".join(map(post, bodies)))
        assert [client.answer() for _ in bodies] == bodies


def test_more_connections_than_threads_all_come_to_their_turn(address: tuple[str, int]) -> None:
    answered: list[int] = []

    def keeps_asking(client: Client) -> None:
        answered.append(sum(bool(client.ask()) for _ in range(50)))

    with ExitStack() as stack:
        clients = [stack.enter_context(Client(address)) for _ in range(5 * THREADS)]
        threads = [threading.Thread(target=keeps_asking, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert answered == [50] * len(clients)


def test_idle_connections_keep_no_thread_from_others(address: tuple[str, int]) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(Client(address)) for _ in range(3 * THREADS)]
        for client in idle:
            client.ask()
        other = stack.enter_context(Client(address))
        assert other.ask() and all(client.ask() for client in idle)


def test_a_connection_closed_while_a_thread_stays_ends_there(address: tuple[str, int]) -> None:
    for _ in range(3 * THREADS):
        with Client(address) as client:
            client.ask()
    with Client(address) as client:
        assert client.ask()


@pytest.mark.parametrize("rest", [b"", b"GET / HTTP/1.1\r\nHost"])
def test_half_a_request_behind_a_whole_one_stops_nobody(address: tuple[str, int], rest: bytes) -> None:
    with Client(address) as slow, Client(address) as other:
        slow.socket.sendall(GET + rest)
        assert slow.answer()
        assert other.ask()
        if rest:
            slow.socket.sendall(b": x\r\n\r\n")
            assert slow.answer()
