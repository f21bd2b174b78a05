"""One HTTP POST to an address that was checked: resolved once, no redirect, everything within one deadline, a capped answer.

The standard library's http.client is used over a socket of our own: so the connection goes to the very address that was judged,
and the deadline holds for the TLS handshake and for a server that sends one byte at a time.
"""

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from shared.webhook_targets import Allowed, BadTarget, Target, check_address

Resolve = Callable[[str, int], list[str]]
TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 5.0
MOST_ANSWER_BYTES = 16 * 1024
MOST_ADDRESSES = 3


class CallFailed(Exception):
    """No answer; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Reply:
    """What came back: the status, and what it said of when to come again (`Retry-After`, as it was written)."""

    status: int
    retry_after: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: http.client.HTTPResponse) -> "Reply":
        return cls(answer.status, tuple(answer.headers.get_all("Retry-After", ())))


def resolve(host: str, port: int) -> list[str]:
    """The host's addresses, by the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post(
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
    exempt: Allowed,
    lookup: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
    seconds: float = TOTAL_SECONDS,
) -> Reply:
    """Raises CallFailed; whatever status comes back is the caller's to judge."""
    ends = time.monotonic() + seconds
    addresses = _judged(target, _looked_up(target, lookup, ends), exempt)
    try:
        with deadline(_connect(target, addresses, ends), ends) as opened:
            return _exchange(_secured(opened, target, tls), target, headers, body)
    except ssl.SSLError as error:
        raise CallFailed("timeout" if time.monotonic() >= ends else "tls") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallFailed("timeout" if time.monotonic() >= ends else _why(error)) from error


def _looked_up(target: Target, lookup: Resolve, ends: float) -> list[str]:
    """Resolvers know no deadline: asked on a thread that is left behind where it takes too long."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers.put(lookup(target.host, target.port))
        except (OSError, UnicodeError):
            answers.put([])

    threading.Thread(target=look, name="resolving", daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, ends - time.monotonic()))
    except queue.Empty:
        raise CallFailed("timeout") from None
    if not found:
        raise CallFailed("unknown_host")
    return found


def _judged(target: Target, addresses: list[str], exempt: Allowed) -> list[str]:
    """All must be allowed: a name that leads inside with one of its addresses is not trusted with the others."""
    try:
        for address in addresses:
            check_address(ipaddress.ip_address(address), target.host, target.port, exempt)
    except (BadTarget, ValueError) as error:
        raise CallFailed("address_refused") from error
    return addresses[:MOST_ADDRESSES]


def _connect(target: Target, addresses: list[str], ends: float) -> socket.socket:
    last: OSError = OSError("no address")
    for address in addresses:
        left = min(CONNECT_SECONDS, ends - time.monotonic())
        if left <= 0:
            break
        try:
            return socket.create_connection((address, target.port), timeout=left)
        except OSError as error:
            last = error
    raise last


@contextmanager
def deadline(opened: socket.socket, ends: float) -> Iterator[socket.socket]:
    """Cuts the connection when time is over, whatever is being waited for."""
    wire = opened.dup()
    cut = threading.Timer(max(0.0, ends - time.monotonic()), _cut, [wire])
    cut.daemon = True
    cut.start()
    try:
        opened.settimeout(max(0.1, ends - time.monotonic()))
        yield opened
    finally:
        cut.cancel()
        wire.close()
        opened.close()


def _cut(wire: socket.socket) -> None:
    try:
        wire.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _secured(opened: socket.socket, target: Target, tls: ssl.SSLContext | None) -> socket.socket:
    """The certificate must be the name's, though the connection goes to the address."""
    if target.scheme == "http":
        return opened
    return (tls or _trusting()).wrap_socket(opened, server_hostname=target.host)


@cache
def _trusting() -> ssl.SSLContext:
    """One for all: to read the machine's certificates anew costs more than the whole call."""
    return ssl.create_default_context()


def _exchange(opened: socket.socket, target: Target, headers: Mapping[str, str], body: bytes) -> Reply:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = opened
    try:
        connection.request("POST", target.path, body, {**headers, "Host": _host(target), "Connection": "close"})
        answer = connection.getresponse()
        answer.read(MOST_ANSWER_BYTES)
        return Reply.of(answer)
    finally:
        connection.close()


def _host(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = {"https": 443, "http": 80}[target.scheme]
    return host if target.port == usual else f"{host}:{target.port}"


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    if isinstance(error, http.client.HTTPException | ValueError) and not isinstance(error, ConnectionError):
        return "not_http"
    return "connection_lost"
