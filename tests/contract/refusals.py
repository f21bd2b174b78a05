"""What every refusal looks like: RFC 9457, an id, nothing of what was sent or of what stands behind."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import requests

INTERNALS = (
    "Traceback",
    "pymongo",
    "marshmallow",
    "werkzeug",
    "site-packages",
    "services/",
    "shared/",
    "BSON",
    "Mongo",
)


def refused(answer: requests.Response, *statuses: int) -> dict[str, Any]:
    """The problem, once it is one of these; an AssertionError tells what is wrong with it."""
    seen = f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.text[:600]}"
    assert answer.status_code in statuses, seen
    assert answer.headers["Content-Type"] == "application/problem+json", seen
    problem: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(problem), seen
    assert problem["status"] == answer.status_code, seen
    assert not any(word in answer.text for word in INTERNALS), seen
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), seen
    if answer.status_code == 405:
        assert answer.headers["Allow"], seen
    if answer.status_code == 422 and not problem["type"].endswith("idempotency-key-reused"):
        assert problem["errors"], seen
        assert all(fault["pointer"].startswith("#") and fault["detail"] for fault in problem["errors"]), seen
    if answer.status_code in (429, 503):
        assert int(answer.headers["Retry-After"]) > 0, seen
    return problem


def pointers(problem: dict[str, Any]) -> set[str]:
    """Where the faults are."""
    return {fault["pointer"] for fault in problem["errors"]}


def raw(url: str, sent: bytes, read: bool = True) -> tuple[int, dict[str, str], bytes]:
    """Bytes as they are to a server, and what it answers: (status, headers, body)."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    connection.connect()
    try:
        connection.sock.sendall(sent)
        if not read:
            return 0, {}, b""
        answer = http.client.HTTPResponse(connection.sock)
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def is_problem(status: int, headers: dict[str, str], body: bytes) -> bool:
    return headers.get("content-type") == "application/problem+json" and json.loads(body)["status"] == status
