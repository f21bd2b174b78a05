"""Asks training for an applicant's address and link when their mail is sent: the answer is used for one mail, never stored or logged.

Where training does not respond, this is no attempt: the notification waits and is sent as soon as training is back. Not here: why it is so
(deploy/decisions/0012).
"""

import http.client
import logging
import socket
import ssl
import time
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from services.notify.actions.delivery.connection import CallFailed, Reply, deadline
from services.notify.dependencies import Dependencies
from services.notify.rules.notifications import SCHEDULED, SUPPRESSED, Outcome, failure
from shared import service_tokens
from shared.retry_after import asked_seconds

log = logging.getLogger("imc.notify")
SECONDS = 5.0
RETRY_AFTER, MAX_RETRY_AFTER = timedelta(seconds=15), timedelta(hours=1)
MAX_BYTES = 16 * 1024
PATH = "/training/api/v1/applications/{}/contact"


class ApplicantContact(msgspec.Struct, frozen=True):
    """What a mail needs of the answer; `status` is that of the application."""

    email: str | None
    language: str
    link: str
    status: str
    link_number: int | None = None


def contact_of(deps: Dependencies, application_id: str) -> ApplicantContact | Outcome:
    """Returns how an applicant is reached, else the outcome of the attempt without that."""
    now = deps.clock()
    if deps.training_breaker.is_open(now):
        return Outcome(SCHEDULED, "owner_away", until=now + RETRY_AFTER)
    try:
        reply, content = _get(deps, PATH.format(application_id))
    except CallFailed as error:
        return _unavailable(deps, error.reason)
    seconds = min(asked_seconds(reply.retry_after, now), MAX_RETRY_AFTER.total_seconds())
    if reply.status >= 500 or reply.status == 429:
        return _unavailable(deps, f"http_{reply.status}", timedelta(seconds=seconds))
    if deps.training_breaker.record_success():
        log.warning("training responds again: mail to applicants is sent")
    return _contact_in(reply.status, content)


def _unavailable(deps: Dependencies, reason: str, wait: timedelta = timedelta(0)) -> Outcome:
    """Returns the outcome while training does not respond; `wait` is the least pause that it asked for, for all mails."""
    now = deps.clock()
    if deps.training_breaker.record_failure(now, wait):
        log.warning("training does not return how applicants are reached (%s): their mail waits", reason)
    return Outcome(SCHEDULED, "owner_away", until=now + max(RETRY_AFTER, wait))


def _contact_in(status: int, content: bytes) -> ApplicantContact | Outcome:
    """Returns the contact in an answer. 404 and 410: the application was withdrawn or erased, so nobody is notified any more. Other
    statuses are a fault of ours."""
    if status in (404, 410):
        return Outcome(SUPPRESSED, "applicant_gone")
    if status != 200:
        return failure(f"contact_{status}")
    try:
        contact = msgspec.json.decode(content, type=ApplicantContact)
    except msgspec.MsgspecError:
        return failure("contact_unreadable")
    return contact if contact.email else Outcome(SUPPRESSED, "no_address")


def _get(deps: Dependencies, path: str) -> tuple[Reply, bytes]:
    """Returns training's answer within five seconds; raises CallFailed. No redirect is followed."""
    token = service_tokens.sign(deps.delivery_config.token_key, "notify", path, deps.clock())
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Connection": "close"}
    try:
        return _exchange(deps.settings.internal_url, path, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallFailed(type(error).__name__) from None


def _exchange(base: str, path: str, headers: dict[str, str]) -> tuple[Reply, bytes]:
    url, ends = urlsplit(base), time.monotonic() + SECONDS
    host, port = str(url.hostname), url.port or (443 if url.scheme == "https" else 80)
    with deadline(socket.create_connection((host, port), SECONDS), ends) as connected:
        transport: socket.socket = connected
        if url.scheme == "https":
            transport = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = transport
        try:
            connection.request("GET", url.path + path, headers={**headers, "Host": url.netloc})
            answer = connection.getresponse()
            return Reply.of(answer), answer.read(MAX_BYTES)
        finally:
            connection.close()
