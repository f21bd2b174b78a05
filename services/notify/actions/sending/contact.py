"""How an applicant is reached, asked of training at the moment of sending: the answer is used for one mail, never kept or logged.

Training away is no try: the notice waits and goes as soon as it is back. Not here: why it is so (deploy/decisions/0012).
"""

import http.client
import logging
import socket
import ssl
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from services.notify.actions.sending.connection import CallFailed, Reply, deadline
from services.notify.dependencies import Dependencies, Document
from services.notify.rules.notices import SCHEDULED, SUPPRESSED, Outcome, failed
from shared import service_tokens
from shared.retry_after import asked_seconds

log = logging.getLogger("imc.notify")
SECONDS = 5.0
AGAIN, LONGEST = timedelta(seconds=15), timedelta(hours=1)
MOST_BYTES = 16 * 1024
ADDRESS = "/training/api/v1/applications/{}/contact"


class Contact(msgspec.Struct, frozen=True):
    """What of the answer a mail needs."""

    email: str | None
    language: str
    link: str
    status: str
    link_number: int | None = None


def contact_of(deps: Dependencies, application_id: str) -> Document | Outcome:
    """E-mail, language, link and state of an applicant, else how the try ends without them."""
    now = deps.clock()
    if deps.delivery_config.breaker.lasts(now):
        return Outcome(SCHEDULED, "owner_away", until=now + AGAIN)
    try:
        reply, content = _asked(deps, ADDRESS.format(application_id))
    except CallFailed as error:
        return _away(deps, error.reason)
    status, wait = reply.status, timedelta(seconds=min(asked_seconds(reply.retry_after, now), LONGEST.total_seconds()))
    if status >= 500 or status == 429:
        return _away(deps, f"http_{status}", wait)
    if deps.delivery_config.breaker.over():
        log.warning("training answers again: mail to applicants goes on")
    return _understood(status, content)


def _away(deps: Dependencies, why: str, wait: timedelta = timedelta(0)) -> Outcome:
    """`wait`: the least that it asked for, for every mail that would ask."""
    now = deps.clock()
    if deps.delivery_config.breaker.noted(now, wait):
        log.warning("training does not say how applicants are reached (%s): their mail waits", why)
    return Outcome(SCHEDULED, "owner_away", until=now + max(AGAIN, wait))


def _understood(status: int, content: bytes) -> Document | Outcome:
    """404 and 410: withdrawn from the books or erased, so nobody is to be told any more. Other refusals are a fault of ours."""
    if status in (404, 410):
        return Outcome(SUPPRESSED, "applicant_gone")
    if status != 200:
        return failed(f"contact_{status}")
    try:
        contact = msgspec.json.decode(content, type=Contact)
    except msgspec.MsgspecError:
        return failed("contact_unreadable")
    if not contact.email:
        return Outcome(SUPPRESSED, "no_address")
    return msgspec.structs.asdict(contact)


def _asked(deps: Dependencies, address: str) -> tuple[Reply, bytes]:
    """The owner's answer within five seconds; raises CallFailed. No redirect is followed."""
    token = service_tokens.sign(deps.delivery_config.token_key, "notify", address, deps.clock())
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Connection": "close"}
    try:
        return _got(deps.settings.internal_url, address, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallFailed(type(error).__name__) from None


def _got(base: str, address: str, headers: dict[str, str]) -> tuple[Reply, bytes]:
    at, ends = urlsplit(base), time.monotonic() + SECONDS
    host, port = str(at.hostname), at.port or (443 if at.scheme == "https" else 80)
    with deadline(socket.create_connection((host, port), SECONDS), ends) as opened:
        wire: Any = opened
        if at.scheme == "https":
            wire = ssl.create_default_context().wrap_socket(opened, server_hostname=host)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = wire
        try:
            connection.request("GET", at.path + address, headers={**headers, "Host": at.netloc})
            answer = connection.getresponse()
            return Reply.of(answer), answer.read(MOST_BYTES)
        finally:
            connection.close()
