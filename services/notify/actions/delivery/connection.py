"""One HTTP POST to an address that was checked: resolved once, no redirect, everything within one deadline, an answer of limited length.

The standard library's http.client is used over a socket of our own: so the connection goes to exactly the address that was checked,
and the deadline applies to the TLS handshake and to a server that sends one byte at a time.
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
MAX_ANSWER_BYTES = 16 * 1024
MAX_ADDRESSES = 3


class CallFailed(Exception):
    """There was no answer; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Reply:
    """The answer: its status, and the values of `Retry-After` as they were sent."""

    status: int
    retry_after: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: http.client.HTTPResponse) -> "Reply":
        return cls(answer.status, tuple(answer.headers.get_all("Retry-After", ())))


def resolve(host: str, port: int) -> list[str]:
    """Returns the host's addresses, by the system's resolver."""
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
    """Sends the request and returns the reply, with any status. Raises CallFailed."""
    ends = time.monotonic() + seconds
    addresses = _checked_addresses(target, _resolve_within(target, lookup, ends), exempt)
    try:
        with deadline(_connect(target, addresses, ends), ends) as connected:
            return _exchange(_with_tls(connected, target, tls), target, headers, body)
    except ssl.SSLError as error:
        raise CallFailed("timeout" if time.monotonic() >= ends else "tls") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallFailed("timeout" if time.monotonic() >= ends else _reason(error)) from error


def _resolve_within(target: Target, lookup: Resolve, ends: float) -> list[str]:
    """Returns the addresses. Resolvers have no deadline: they run on a thread that is abandoned where it takes too long."""
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


def _checked_addresses(target: Target, addresses: list[str], exempt: Allowed) -> list[str]:
    """Returns the addresses to connect to. All must be allowed: a name with one internal address is not trusted with the others."""
    try:
        for address in addresses:
            check_address(ipaddress.ip_address(address), target.host, target.port, exempt)
    except (BadTarget, ValueError) as error:
        raise CallFailed("address_refused") from error
    return addresses[:MAX_ADDRESSES]


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
def deadline(connected: socket.socket, ends: float) -> Iterator[socket.socket]:
    """Shuts the connection down when the time is over, in any state."""
    duplicate = connected.dup()
    timer = threading.Timer(max(0.0, ends - time.monotonic()), _shut_down, [duplicate])
    timer.daemon = True
    timer.start()
    try:
        connected.settimeout(max(0.1, ends - time.monotonic()))
        yield connected
    finally:
        timer.cancel()
        duplicate.close()
        connected.close()


def _shut_down(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _with_tls(connected: socket.socket, target: Target, tls: ssl.SSLContext | None) -> socket.socket:
    """Returns the socket with TLS for https. The certificate must be the name's, though the connection goes to the address."""
    if target.scheme == "http":
        return connected
    return (tls or _default_tls()).wrap_socket(connected, server_hostname=target.host)


@cache
def _default_tls() -> ssl.SSLContext:
    """Returns one context for all calls: reading the machine's certificates costs more than the whole call."""
    return ssl.create_default_context()


def _exchange(connected: socket.socket, target: Target, headers: Mapping[str, str], body: bytes) -> Reply:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = connected
    try:
        connection.request("POST", target.path, body, {**headers, "Host": _host_header(target), "Connection": "close"})
        answer = connection.getresponse()
        answer.read(MAX_ANSWER_BYTES)
        return Reply.of(answer)
    finally:
        connection.close()


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    default = {"https": 443, "http": 80}[target.scheme]
    return host if target.port == default else f"{host}:{target.port}"


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    if isinstance(error, http.client.HTTPException | ValueError) and not isinstance(error, ConnectionError):
        return "not_http"
    return "connection_lost"
