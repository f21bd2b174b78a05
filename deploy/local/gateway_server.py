"""The HTTP server of the gateway of `imc up`: waitress, with deadlines and strict framing.

waitress receives a whole request, on disk where it is large, before a thread handles it: a slow or vanished client occupies a socket
and nothing else. waitress has no deadline for a slow request; here header and body have deadlines, counted like Apache's
`mod_reqtimeout`. Input that is not HTTP gets 400 and the connection is closed. Not here: forwarding (gateway.py).
"""

import json
import logging
import re
import resource
import signal
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

from shared.web.body import MAX_BODY_BYTES

HEADER_SECONDS = 15.0
BODY_SECONDS, BODY_BYTES_A_SECOND = 20.0, 1024
"""A body has the first in any case, and a second more for so many bytes that came."""
IDLE_SECONDS = 30
HEADER_BYTES = 64 * 1024
IN_MEMORY_BYTES = 256 * 1024
MAX_LENGTH, MAX_CHUNK_LINE, MAX_TRAILER = 2**40, 1024, 8 * 1024
MAX_FILES = 8192
STOP_SECONDS = 1.5
_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:[ \t]*(.*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_DETAILS = {
    400: "This is not HTTP as the gateway understands it.",
    408: "The request did not arrive in time.",
    413: "The body is larger than the limit.",
    431: "The header fields are too large.",
}


class RequestTimeout(Error):
    """The request did not arrive in time."""

    code, reason = 408, "Request Timeout"


class StrictChunks(ChunkedReceiver):
    """Rejects an impossible chunk size, and a line or trailer without an end."""

    error: Error | None

    def received(self, s: bytes) -> int:
        between = not (self.chunk_remainder or self.validate_chunk_end or self.all_chunks_received)
        nameless = between and (self.control_line + s[:2]).startswith(b"\r\n")
        consumed: int = super().received(s)
        endless = len(self.control_line) > MAX_CHUNK_LINE or (not self.completed and len(self.trailer) > MAX_TRAILER)
        if self.error is None and (nameless or endless or self.chunk_remainder > MAX_LENGTH):
            self.error = BadRequest("Invalid chunk")
        elif self.error is None and self.chunk_remainder > MAX_BODY_BYTES:
            self.error = RequestEntityTooLarge("a chunk")
        return consumed


class StrictParser(HTTPRequestParser):
    """Rejects a request whose length is given twice or in a way that another server could read differently (RFC 9112, 6.3)."""

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.since = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        codings = [value.lower() for value in _TRANSFER_ENCODING.findall(header_plus)]
        if codings not in ([], [b"chunked"]):
            raise ParsingError("Transfer-Encoding: expected chunked, once")
        super().parse_header(header_plus)
        if self.version not in ("1.0", "1.1"):
            raise ParsingError("HTTP/1.0 or HTTP/1.1 is expected")
        if codings and not self.chunked:
            raise ParsingError("Transfer-Encoding before HTTP/1.1")
        if codings and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")
        if self.content_length > MAX_LENGTH:
            raise ParsingError("Content-Length: no body is so long")
        if codings:
            self.body_rcv = StrictChunks(OverflowableBuffer(self.adj.inbuf_overflow))

    def overdue(self, now: float) -> bool:
        """Whether the request has exceeded its deadline."""
        if not self.headers_finished:
            return now > self.since + HEADER_SECONDS
        return now > self.since + HEADER_SECONDS + BODY_SECONDS + self.body_bytes_received / BODY_BYTES_A_SECOND


class ProblemTask(ErrorTask):
    """Answers a malformed request with a problem (RFC 9457) and closes the connection."""

    def execute(self) -> None:
        fault = self.request.error
        members = {"type": "about:blank", "title": fault.reason, "status": fault.code, "instance": "/"}
        body = json.dumps(members | {"detail": _DETAILS.get(fault.code, "This cannot be done here.")}).encode() + b"\n"
        self.status = f"{fault.code} {fault.reason}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    """One client's connection."""

    request: StrictParser | None
    parser_class = StrictParser
    error_task_class = ProblemTask

    def refuse_overdue(self, now: float) -> None:
        """Answers a request that takes too long to arrive, then closes the connection."""
        with self.requests_lock:
            request = self.request
            if request is None or self.requests or not request.overdue(now):
                return
            request.error, request.completed, self.request = RequestTimeout(""), True, None
            self.requests.append(request)
        self.server.add_task(self)


class Server(TcpWSGIServer):
    """The server; it checks every second for overdue requests."""

    channel_class = Channel

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            channel.refuse_overdue(time.monotonic())


def serve(application: Callable[..., Any], host: str, port: int, threads: int) -> None:
    """Serves until SIGTERM; requests being answered then are finished."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns about every request that waits for a thread
    sockets: dict[int, Any] = {}
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(threads)
    server = Server(
        application,
        map=sockets,
        dispatcher=dispatcher,
        host=host,
        port=port,
        backlog=1024,
        connection_limit=_most_files() // 3,  # a connection, the one to the service, a large body's file
        asyncore_use_poll=True,
        cleanup_interval=1,
        channel_timeout=IDLE_SECONDS,
        recv_bytes=64 * 1024,
        max_request_header_size=HEADER_BYTES,
        max_request_body_size=MAX_BODY_BYTES + 1,  # waitress itself refuses this size; services have smaller limits
        inbuf_overflow=IN_MEMORY_BYTES,
        outbuf_overflow=IN_MEMORY_BYTES,
        outbuf_high_watermark=4 * MAX_BODY_BYTES,  # no thread waits for a client that reads slowly
        clear_untrusted_proxy_headers=False,  # gateway.py handles them
        ident=None,
    )
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    server.run()  # returns after the signal, once no thread is answering
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and any(channel.total_outbufs_len for channel in server.active_channels.values()):
        wasyncore.loop(timeout=0.05, use_poll=True, map=sockets, count=1)


def _stop(number: int, frame: Any) -> None:
    raise SystemExit(0)


def _most_files() -> int:
    """How many files this process may open, after raising the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return MAX_FILES if soft == resource.RLIM_INFINITY else min(soft, MAX_FILES)
