"""Every error as RFC 9457 `application/problem+json`: what is wrong and what is expected, an id, no internals."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from bson.errors import BSONError
from flask import Response
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from shared.errors import Conflict, NotFound, NotSignedIn, Refusal, TooLarge, Unavailable
from shared.outbox.records import RecordExists, StaleRecord
from shared.web.state import Errors, RequestContext

PROBLEM_JSON = "application/problem+json"
log = logging.getLogger("imc.web")
# Temporary server error codes: shutdown, primary stepping down, out of time or space, write conflict.
_NOT_NOW = {6, 7, 46, 50, 64, 89, 91, 112, 133, 189, 202, 251, 262, 317, 358, 10107, 11600, 11602, 13435, 13436, 14031}
_encoder = msgspec.json.Encoder()
_WORDS = {
    400: "The request cannot be understood.",
    404: "Nothing with this address.",
    405: "This address does not take this method; see Allow.",
    408: "The request came too slowly.",
    413: "The body is larger than the limit.",
    415: "Another content type is expected.",
    431: "A header field is longer than the limit.",
}


def problem(
    request_context: RequestContext | None, error: Refusal | Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Returns the response for a Refusal, or with the given members."""
    members = dict(error) if isinstance(error, Mapping) else _members(error)
    if request_context:
        members["instance"] = f"urn:imc:request:{request_context.request_id}"
    answer = Response(_encoder.encode(members), members["status"], headers, content_type=PROBLEM_JSON)
    if isinstance(error, NotSignedIn):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="imc"' + (', error="invalid_token"' if error.invalid else "")
    wait = getattr(error, "retry_after", None)
    if wait or members["status"] >= 500:
        answer.headers["Retry-After"] = str(wait or 5)
    return answer


def _members(error: Refusal) -> dict[str, Any]:
    return _described(error, error.status, error.slug, error.title)


def _described(error: Exception, status: int, slug: str, title: str) -> dict[str, Any]:
    members: dict[str, Any] = {
        "type": f"urn:imc:problem:{slug}",
        "title": title,
        "status": status,
        "detail": str(error),
    }
    if hasattr(error, "allowed"):
        members["allowed"] = list(error.allowed)
    if hasattr(error, "reason"):
        members["reason"] = error.reason
    if hasattr(error, "errors"):
        members["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in error.errors]
    return members


def answer_to(request_context: RequestContext | None, error: Exception, errors: Errors) -> Response:
    """The single mapping from exception to response; an exception not in it is our fault: 500, logged without its text."""
    for kind in type(error).__mro__:
        if kind in errors:
            return problem(request_context, _described(error, *errors[kind]))
    if isinstance(error, Refusal):
        return problem(request_context, error)
    if isinstance(error, HTTPException):
        return _http(request_context, error)
    if isinstance(error, StaleRecord | RecordExists):
        return problem(request_context, Conflict("It changed at the same time, or is there already; read it again."))
    if is_outage(error):
        if request_context:
            request_context.app_context.breaker.record_timeout()
        log.warning("database away", extra={"fields": {"error": type(error).__name__}})
        return problem(request_context, Unavailable("The database does not answer in time."))
    if isinstance(error, DocumentTooLarge):
        return problem(request_context, TooLarge("The record cannot take any more."))
    return _fault(request_context, error)


def _fault(request_context: RequestContext | None, error: Exception) -> Response:
    fields = {"request_id": request_context.request_id if request_context else None}
    log.error("unexpected error", exc_info=error, extra={"fields": fields})
    members = {
        "type": "urn:imc:problem:internal-error",
        "title": "Something went wrong on our side",
        "status": 500,
        "detail": "It was noted under the id in `instance`. Nothing you sent is repeated here.",
    }
    return problem(request_context, members)


def _http(request_context: RequestContext | None, error: HTTPException) -> Response:
    if error.response is not None:  # a redirect, already complete
        return Response(status=error.response.status_code, headers=list(error.response.headers))
    status = error.code or 500
    if status == 404:
        return problem(request_context, NotFound(_WORDS[404]))
    phrase = HTTPStatus(status).phrase
    members = {
        "type": f"urn:imc:problem:{phrase.lower().replace(' ', '-')}",
        "title": phrase,
        "status": status,
        "detail": _WORDS.get(status, phrase),
    }
    allowed = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return problem(request_context, members, {"Allow": ", ".join(sorted(allowed))} if allowed else None)


def is_outage(error: BaseException) -> bool:
    """Whether MongoDB is unavailable or too slow just now, as opposed to a fault in our query."""
    if isinstance(error, BSONError) or not isinstance(error, PyMongoError):
        return False
    if isinstance(error, ConnectionFailure | WaitQueueTimeoutError) or error.timeout:
        return True
    if error.has_error_label("TransientTransactionError") or error.has_error_label("RetryableWriteError"):
        return True
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        codes = {failure.get("code") for failure in details.get("writeErrors", [])}
        return bool(details.get("writeConcernErrors")) or bool(codes & _NOT_NOW)
    return isinstance(error, OperationFailure) and error.code in _NOT_NOW
