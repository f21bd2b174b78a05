"""One try of one webhook: signed anew (Standard Webhooks), the same id and the same bytes every time."""

from datetime import UTC, datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from services.notify.actions.sending.connection import CallFailed, post
from services.notify.dependencies import Dependencies, Document
from services.notify.rules.drafting import endpoints, late_body
from services.notify.rules.notices import DEAD, SUPPRESSED, TAKEN, Notice, Outcome, failed
from services.notify.rules.silence import silent
from shared.hpke import OpenError
from shared.retry_after import asked_seconds
from shared.webhook_targets import BadTarget, check_url

CASE_COMES_WITHIN = 3  # tries, about twenty seconds, after which a booking's webhook goes without our copy of the case


def send_webhook(deps: Dependencies, notice: Notice) -> Outcome:
    """Suppressed where nothing is to be sent there any more; 410 Gone ends the endpoint."""
    organization = deps.store.organization(notice["organization_id"])
    if reason := silent(organization):
        return Outcome(SUPPRESSED, reason)
    endpoint = _endpoint(deps, notice, organization)
    if endpoint is None:
        return Outcome(SUPPRESSED, "endpoint_disabled")
    if notice["body"] is None and not _made_body(deps, notice):
        return failed("case_not_heard_yet")
    body = notice["body"]
    try:
        target = check_url(endpoint["url"], deps.delivery_config.exempt)
        headers = _headers(deps, notice["_id"], endpoint, body, deps.clock())
        reply = post(target, headers, body.encode(), deps.delivery_config.exempt)
    except BadTarget:
        return failed("address_refused")
    except (OpenError, EmptyWebhookSecretError, ValueError):
        return failed("secret_unreadable")
    except CallFailed as error:
        return failed(error.reason)
    return _judged(reply.status, asked_seconds(reply.retry_after, deps.clock()))


def _judged(status: int, wait_seconds: float) -> Outcome:
    """What is not taken waits as it was asked to, whatever the status (RFC 9110, 10.2.3)."""
    if 200 <= status < 300:
        return TAKEN
    if status == 410:
        return Outcome(DEAD, "gone", endpoint_gone=True)
    return failed("redirect_refused" if 300 <= status < 400 else f"http_{status}", wait_seconds)


def _endpoint(deps: Dependencies, notice: Notice, organization: Document | None) -> Document | None:
    """The endpoint as our copy has it, unless it is deleted, disabled, or said itself that it is gone."""
    endpoint_id = notice["recipient"].partition(":")[2]
    endpoint = endpoints(organization).get(endpoint_id)
    if endpoint is None or endpoint["status"] != "active":
        return None
    return endpoint if endpoint["sequence"] > deps.store.stopped_at(endpoint_id) else None


def _made_body(deps: Dependencies, notice: Notice) -> bool:
    """Makes the body when it is first sent, where the event did not know the case's status, and keeps it for every later try."""
    case = deps.store.case(notice["case_id"])
    if case is None and notice["attempts"] <= CASE_COMES_WITHIN:
        return False
    notice["body"] = deps.store.keep_body(notice["_id"], late_body(notice, case, deps.settings.public_url))
    return True


def _headers(deps: Dependencies, id_: str, endpoint: Document, body: str, now: datetime) -> dict[str, str]:
    """`now` in UTC: the library reads a clock's face without its zone. One signature per secret while they rotate."""
    moment = now.astimezone(UTC)
    signatures = [
        Webhook(deps.delivery_config.open(sealed)).sign(id_, moment, body) for sealed in endpoint["sealed_secrets"]
    ]
    if not signatures:
        raise ValueError("an endpoint without a secret")
    return {
        "Content-Type": "application/json",
        "User-Agent": "imc-notify/1",
        "webhook-id": id_,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
