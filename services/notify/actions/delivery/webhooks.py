"""One attempt of one webhook: signed each time (Standard Webhooks), with the same id and the same bytes every time."""

from datetime import UTC, datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from services.notify.actions.delivery.connection import CallFailed, post
from services.notify.dependencies import Dependencies
from services.notify.rules.copies import Endpoint, Organization, endpoints
from services.notify.rules.drafts import late_body
from services.notify.rules.notifications import DEAD, DELIVERED_NOW, SUPPRESSED, Notification, Outcome, failure
from services.notify.rules.suspension import suppression_reason
from shared.hpke import OpenError
from shared.retry_after import asked_seconds
from shared.webhook_targets import BadTarget, check_url

ATTEMPTS_WITHOUT_CASE = 3  # about twenty seconds, after which a booking's webhook is sent without our copy of the case


def send_webhook(deps: Dependencies, notification: Notification) -> Outcome:
    """Sends it and returns the outcome: suppressed where nothing is sent there any more; 410 Gone stops the endpoint."""
    organization = deps.store.organization(str(notification["organization_id"]))
    if reason := suppression_reason(organization):
        return Outcome(SUPPRESSED, reason)
    endpoint = _endpoint(deps, notification, organization)
    if endpoint is None:
        return Outcome(SUPPRESSED, "endpoint_disabled")
    body = notification["body"] or _late_body(deps, notification)
    if body is None:
        return failure("case_not_known_yet")
    try:
        target = check_url(endpoint["url"], deps.delivery_config.exempt_targets)
        headers = _headers(deps, notification["_id"], endpoint, body, deps.clock())
        reply = post(target, headers, body.encode(), deps.delivery_config.exempt_targets)
    except BadTarget:
        return failure("address_refused")
    except (OpenError, EmptyWebhookSecretError, ValueError):
        return failure("secret_unreadable")
    except CallFailed as error:
        return failure(error.reason)
    return _outcome_of(reply.status, asked_seconds(reply.retry_after, deps.clock()))


def _outcome_of(status: int, wait_seconds: float) -> Outcome:
    """Returns the outcome by the status. What is not accepted waits as long as it was asked to, with any status (RFC 9110, 10.2.3)."""
    if 200 <= status < 300:
        return DELIVERED_NOW
    if status == 410:
        return Outcome(DEAD, "gone", endpoint_gone=True)
    return failure("redirect_refused" if 300 <= status < 400 else f"http_{status}", wait_seconds)


def _endpoint(deps: Dependencies, notification: Notification, organization: Organization | None) -> Endpoint | None:
    """Returns the endpoint as in our copy, unless it is deleted, disabled, or answered that it is gone."""
    endpoint_id = notification["recipient"].partition(":")[2]
    endpoint = endpoints(organization).get(endpoint_id)
    if endpoint is None or endpoint["status"] != "active":
        return None
    return endpoint if endpoint["sequence"] > deps.store.stopped_at(endpoint_id) else None


def _late_body(deps: Dependencies, notification: Notification) -> str | None:
    """Builds the body when it is first sent, where the event did not have the case's status, and stores it for every later attempt; None
    while the case is still awaited."""
    case = deps.store.case(str(notification["case_id"]))
    if case is None and notification["attempts"] <= ATTEMPTS_WITHOUT_CASE:
        return None
    body = deps.store.store_body(notification["_id"], late_body(notification, case, deps.settings.public_url))
    notification["body"] = body
    return body


def _headers(deps: Dependencies, id_: str, endpoint: Endpoint, body: str, now: datetime) -> dict[str, str]:
    """Returns the headers, with one signature per secret while they are rotated. The time is in UTC: the library ignores a time's zone."""
    timestamp = now.astimezone(UTC)
    signatures = [
        Webhook(deps.delivery_config.decrypt(sealed)).sign(id_, timestamp, body)
        for sealed in endpoint["sealed_secrets"]
    ]
    if not signatures:
        raise ValueError("an endpoint without a secret")
    return {
        "Content-Type": "application/json",
        "User-Agent": "imc-notify/1",
        "webhook-id": id_,
        "webhook-timestamp": str(int(timestamp.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
