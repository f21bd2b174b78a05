"""Webhook endpoints: the events they can subscribe to, new secrets, and how long a replaced secret still signs."""

import base64
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from services.partners.rules.event_data import webhook_changed
from services.partners.rules.records import EndpointStatus, Organization, WebhookEndpoint, WebhookSecret
from shared.errors import Conflict, IllegalMove, InvalidInput, NotFound
from shared.events import Event
from shared.ids import new_id
from shared.webhook_targets import Allowed, BadTarget, check_url

CASE_STATUSES = (
    "received",
    "in_review",
    "awaiting_information",
    "accepted",
    "scheduled",
    "in_care",
    "completed",
    "declined",
    "cancelled",
)
EVENTS = (
    *(f"referral.{status}" for status in CASE_STATUSES),
    "visit.booked",
    "visit.rescheduled",
    "visit.cancelled",
    "visit.no_show",
    "interpreter.confirmed",
    "interpreter.unfilled",
    "message.posted",
    "*",
)
NAMED = tuple(event for event in EVENTS if event != "*")
MEANINGS = {
    "referral.received": "The referral was received",
    "referral.in_review": "The referral is in review",
    "referral.awaiting_information": "The referral is awaiting information that the hospital asked for",
    "referral.accepted": "The referral is accepted; no visit is booked",
    "referral.scheduled": "The referral has a visit booked",
    "referral.in_care": "The patient has checked in for a visit of the referral",
    "referral.completed": "The referral is completed",
    "referral.declined": "The referral is declined",
    "referral.cancelled": "The referral is cancelled",
    "visit.booked": "A visit was booked",
    "visit.rescheduled": "A visit was moved to another time",
    "visit.cancelled": "A visit was cancelled",
    "visit.no_show": "The patient missed the visit (no-show)",
    "interpreter.confirmed": "An interpreter is booked for a visit",
    "interpreter.unfilled": "No interpreter was found yet for a visit",
    "message.posted": "The hospital or the agency posted a message",
    "*": "All events, including future ones",
}
MAX_ENDPOINTS = 20
OVERLAP = timedelta(hours=24)  # while a secret is rotated, both sign
MOVES: dict[EndpointStatus, dict[str, EndpointStatus]] = {
    "active": {"disable": "disabled"},
    "disabled": {"enable": "active"},
}  # an endpoint can be deleted in either state


class UnknownEndpoint(NotFound):
    """This organization has no webhook endpoint with this id."""


class TooManyEndpoints(Conflict):
    """The organization has the maximum number of endpoints."""


@dataclass(frozen=True)
class NewSecret:
    """An endpoint's id and its new secret in clear, shown once: `whsec_` and base64 of 32 random bytes (Standard Webhooks)."""

    id: str
    secret: str

    @classmethod
    def generate(cls, endpoint_id: str | None = None) -> "NewSecret":
        return cls(endpoint_id or new_id(), "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())


class EndpointView(TypedDict):
    """An endpoint as the API shows it, without its secrets; `signatures` is their number."""

    id: str
    url: str
    events: list[str]
    status: EndpointStatus
    created_at: datetime
    updated_at: datetime
    signatures: int


def endpoint_of(organization: Organization, endpoint_id: str) -> WebhookEndpoint:
    """Returns the organization's endpoint; raises UnknownEndpoint."""
    for endpoint in organization["webhooks"]:
        if endpoint["id"] == endpoint_id:
            return endpoint
    raise UnknownEndpoint


def to_response(endpoint: WebhookEndpoint) -> EndpointView:
    """Returns the endpoint as the API shows it."""
    return {
        "id": endpoint["id"],
        "url": endpoint["url"],
        "events": endpoint["events"],
        "status": endpoint["status"],
        "created_at": endpoint["created_at"],
        "updated_at": endpoint["updated_at"],
        "signatures": len(endpoint["secrets"]),
    }


def delete_all(organization: Organization) -> list[Event]:
    """Deletes all endpoints in the record and returns the events."""
    deleted, organization["webhooks"] = organization["webhooks"], []
    organization["secrets_due"] = None
    return [webhook_changed(organization, endpoint | {"status": "deleted", "secrets": []}) for endpoint in deleted]


def check_subscription(url: str, events: Iterable[str], exempt: Allowed) -> list[str]:
    """Returns the events in the order of EVENTS; raises InvalidInput with every error in URL and events."""
    wanted, faults = set(events), []
    try:
        check_url(url, exempt)
    except BadTarget as error:
        faults.append(("#/url", str(error)))
    if not wanted or not wanted <= set(EVENTS):
        faults.append(("#/events", f"expected one or more of {', '.join(EVENTS)}"))
    if faults:
        raise InvalidInput(faults)
    return [event for event in EVENTS if event in wanted]


def check_room(endpoints: Sequence[WebhookEndpoint]) -> None:
    """Raises TooManyEndpoints if the organization has the maximum number of endpoints."""
    if len(endpoints) >= MAX_ENDPOINTS:
        raise TooManyEndpoints(f"expected at most {MAX_ENDPOINTS} endpoints: delete one first")


def next_status(status: EndpointStatus, move: str) -> EndpointStatus:
    """Returns the state a move leads to; raises IllegalMove."""
    if move not in MOVES[status]:
        raise IllegalMove(f"The endpoint is {status}.", MOVES[status])
    return MOVES[status][move]


def rotate(stored: Sequence[WebhookSecret], sealed: str, now: datetime) -> list[WebhookSecret]:
    """Returns the secrets after a rotation: the new one first, then the newest old one with the end of its overlap."""
    new: WebhookSecret = {"sealed": sealed, "since": now}
    return [new, *(secret | {"until": now + OVERLAP} for secret in stored[:1])]


def signing_secrets(stored: Iterable[WebhookSecret], now: datetime) -> list[WebhookSecret]:
    """Returns the secrets that still sign."""
    return [secret for secret in stored if secret.get("until") is None or secret["until"] > now]


def next_secret_end(organization: Organization) -> datetime | None:
    """Returns when the next replaced secret retires; None if none is replaced."""
    ends = [
        secret["until"] for endpoint in organization["webhooks"] for secret in endpoint["secrets"] if "until" in secret
    ]
    return min(ends, default=None)
