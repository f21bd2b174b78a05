"""The gateway of `imc up`, its single public address: forwards each service's prefix to that service. Compose uses nginx instead.

Werkzeug's ProxyMiddleware finds the target; this module forwards the request: paths are unchanged, responses are streamed, an early
response (413) reaches the caller, and an unavailable service gives a 503 at once. Metrics are not public. Not here: receiving requests
(gateway_server.py), which are complete when they get here; compression, which nginx does: on one machine it has no benefit.
"""

import http.client
import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Request
from werkzeug.datastructures import EnvironHeaders
from werkzeug.http import is_hop_by_hop_header
from werkzeug.middleware.http_proxy import ProxyMiddleware

from shared.ui.reader import language_of
from shared.web.edge import HSTS

CHUNK = 64 * 1024
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 60.0
HOME = "/accounts/"  # redirects to the home page of the person's role
AWAY = Path(__file__).parent.parent / "gateway"  # the same pages that nginx shows
Environ = dict[str, Any]


def create_gateway(ports: Mapping[str, int], public_url: str = "") -> "Gateway":
    """Creates the gateway. `ports`: service → port on this machine; `public_url` is the gateway's public address."""
    return Gateway(ports, public_url.startswith("https://"))


class Gateway(ProxyMiddleware):
    """The gateway as a WSGI app."""

    def __init__(self, ports: Mapping[str, int], https: bool = False) -> None:
        self._https = https
        self._services = list(ports)
        targets = {f"/{name}/": {"target": f"http://127.0.0.1:{port}/"} for name, port in ports.items()}
        super().__init__(self._own_answer, targets)

    def __call__(self, environ: Environ, start: Any) -> Any:
        return super().__call__(environ, _with_hsts(start) if self._https else start)

    def proxy_to(self, opts: dict[str, Any], path: str, prefix: str) -> Any:
        if path.rstrip("/") == f"{prefix}metrics":
            return problem(404, "Not found", "nothing is known here")
        host, _, port = opts["target"].removeprefix("http://").rstrip("/").partition(":")
        return lambda environ, start: pass_on(environ, start, prefix.strip("/"), host, int(port))

    def _own_answer(self, environ: Environ, start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/healthz":
            return _answer(start, "200 OK", b'{"status": "ok"}\n', "application/json")
        if path.strip("/") in self._services:
            return _answer(start, "308 Permanent Redirect", b"", "text/plain", [("Location", f"/{path.strip('/')}/")])
        if path != "/":
            return problem(404, "Not found", "nothing is known here")(environ, start)
        return _answer(start, "303 See Other", b"", "text/plain", [("Location", HOME)])


def _with_hsts(start: Any) -> Any:
    """Adds HSTS to the gateway's own responses, as the services do (shared/web/edge.py)."""

    def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        has_hsts = any(name.lower() == HSTS[0].lower() for name, _ in headers)
        return start(status, headers if has_hsts else [*headers, HSTS], *rest)

    return started


def problem(status: int, title: str, detail: str, headers: Iterable[tuple[str, str]] = ()) -> Any:
    """A WSGI app that answers with a problem (RFC 9457)."""

    def app(environ: Environ, start: Any) -> Iterable[bytes]:
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        content = json.dumps(body | {"instance": environ.get("PATH_INFO", "/")}).encode() + b"\n"
        return _answer(start, f"{status} {title}", content, "application/problem+json", headers)

    return app


def _answer(
    start: Any, status: str, content: bytes, kind: str, headers: Iterable[tuple[str, str]] = ()
) -> Iterable[bytes]:
    start(status, [("Content-Type", kind), ("Content-Length", str(len(content))), *headers])
    return [content]


def pass_on(environ: Environ, start: Any, service: str, host: str, port: int) -> Iterable[bytes]:
    """Forwards the request to the service and streams its response back."""
    connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
        connection.sock.settimeout(ANSWER_SECONDS)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = _exchange(connection, environ)
    except TimeoutError:
        connection.close()
        return _away(504, "Gateway timeout", f"{service} did not answer in time")(environ, start)
    except (OSError, http.client.HTTPException):
        connection.close()
        return _away(503, "Service unavailable", f"{service} is away; try again shortly")(environ, start)
    headers = [
        (name, value) for name, value in answer.getheaders() if not is_hop_by_hop_header(name) and name != "Server"
    ]
    start(f"{answer.status} {answer.reason}", headers)
    return _Body(connection, answer)


def _away(status: int, title: str, detail: str) -> Any:
    """A WSGI app for an unavailable service: a page in the reader's language for browsers, a problem for programs."""
    respond = problem(status, title, detail, [("Retry-After", "2")])

    def app(environ: Environ, start: Any) -> Iterable[bytes]:
        if "text/html" not in environ.get("HTTP_ACCEPT", ""):
            return respond(environ, start)  # type: ignore[no-any-return]
        page = (AWAY / f"away.{language_of(Request(environ))}.html").read_bytes()
        headers = [("Retry-After", "2"), ("Cache-Control", "no-store")]
        return _answer(start, f"{status} {title}", page, "text/html; charset=utf-8", headers)

    return app


def _exchange(connection: http.client.HTTPConnection, environ: Environ) -> http.client.HTTPResponse:
    path = environ["REQUEST_URI"]
    if not path.startswith("/"):  # absolute form: http://host/path
        path = "/" + path.partition("://")[2].partition("/")[2]
    connection.putrequest(environ["REQUEST_METHOD"], path, skip_host=True, skip_accept_encoding=True)
    for name, value in _headers(environ):
        connection.putheader(name, value)
    connection.endheaders()
    try:
        while piece := environ["wsgi.input"].read(CHUNK):
            connection.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it may have answered before it read the whole body: 413
    return connection.getresponse()


def _headers(environ: Environ) -> Iterator[tuple[str, str]]:
    """The caller's headers and the forwarding headers, appended to those of an outer proxy."""
    for name, value in EnvironHeaders(environ):
        if not is_hop_by_hop_header(name) and not name.lower().startswith("x-forwarded-"):
            yield name, value
    before = environ.get("HTTP_X_FORWARDED_FOR")
    peer = environ.get("REMOTE_ADDR", "")
    yield "X-Forwarded-For", f"{before}, {peer}" if before else peer
    yield "X-Forwarded-Proto", environ.get("HTTP_X_FORWARDED_PROTO") or environ["wsgi.url_scheme"]
    yield "X-Forwarded-Host", environ.get("HTTP_X_FORWARDED_HOST") or environ.get("HTTP_HOST", "")
    yield "Connection", "close"


class _Body:
    """The response body, streamed in pieces; the server calls `close`, also when the caller has disconnected."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection, self._answer = connection, answer

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._answer.read1(CHUNK):
            yield piece

    def close(self) -> None:
        self._answer.close()
        self._connection.close()
