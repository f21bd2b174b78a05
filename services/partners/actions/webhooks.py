"""Webhook endpoints of an organization. Their secrets are shown once and kept sealed to notify, which signs with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.partners.actions.records import organization_of
from services.partners.dependencies import Dependencies
from services.partners.rules.webhooks import (
    FreshSecret,
    UnknownEndpoint,
    check_room,
    check_wish,
    moved,
    rotated,
    still_signing,
)
from shared.command_context import CommandContext
from shared.events import Event
from shared.events.partners import WebhookChanged
from shared.outbox.records import StaleRecord

Document = dict[str, Any]


def add_endpoint(
    deps: Dependencies,
    organization_id: str,
    url: str,
    events: Sequence[str],
    context: CommandContext,
    fresh: FreshSecret,
) -> Document:
    """The organization with one more endpoint, `fresh.id`; raises InvalidInput and TooManyEndpoints."""
    organization = organization_of(deps, organization_id, context)
    wanted = check_wish(url, events, deps.secrets.exempt)
    check_room(organization["webhooks"])
    endpoint = {
        "id": fresh.id,
        "url": url,
        "events": wanted,
        "status": "active",
        "secrets": [{"sealed": deps.secrets.seal_to_notify(fresh.secret), "since": context.now}],
        "created_at": context.now,
        "updated_at": context.now,
    }
    organization["webhooks"] = [*organization["webhooks"], endpoint]
    return _save(deps, organization, endpoint, context)


def disable_endpoint(deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext) -> Document:
    """Nothing more is sent to it; raises UnknownEndpoint and IllegalMove."""
    return _move(deps, organization_id, endpoint_id, "disable", context)


def enable_endpoint(deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext) -> Document:
    """Sent to again; raises UnknownEndpoint and IllegalMove."""
    return _move(deps, organization_id, endpoint_id, "enable", context)


def rotate_secret(
    deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext, fresh: FreshSecret
) -> Document:
    """A new secret; for 24 hours notices carry two signatures, by the new one and by the one before."""
    organization = organization_of(deps, organization_id, context)
    endpoint = endpoint_of(organization, endpoint_id)
    sealed = deps.secrets.seal_to_notify(fresh.secret)
    endpoint["secrets"] = rotated(endpoint["secrets"], sealed, context.now)
    return _save(deps, organization, endpoint, context)


def delete_endpoint(deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext) -> Document:
    """The organization without this endpoint; raises UnknownEndpoint."""
    organization = organization_of(deps, organization_id, context)
    endpoint = endpoint_of(organization, endpoint_id)
    organization["webhooks"] = [other for other in organization["webhooks"] if other["id"] != endpoint_id]
    endpoint |= {"status": "deleted", "secrets": []}
    return _save(deps, organization, endpoint, context)


def endpoint_is_gone(deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext) -> None:
    """The other side said 410 Gone: disabled, unless it was deleted or disabled meanwhile."""
    organization = deps.store.organizations.get(organization_id)
    endpoints = organization["webhooks"] if organization else []
    for endpoint in endpoints:
        if organization and endpoint["id"] == endpoint_id and endpoint["status"] == "active":
            endpoint["status"] = "disabled"
            _save(deps, organization, endpoint, context)


def retire_secrets(deps: Dependencies, now: datetime, context: CommandContext) -> int:
    """Ends the overlap of rotated secrets whose time is over, and gives the number of organizations it changed."""
    changed = 0
    for organization in deps.store.due_secrets(now):
        events: list[Event] = []
        for endpoint in organization["webhooks"]:
            kept = still_signing(endpoint["secrets"], now)
            if len(kept) < len(endpoint["secrets"]):
                endpoint["secrets"] = kept
                events.append(_as_it_is(organization, endpoint))
        organization["secrets_due"] = _next_due(organization)
        try:
            deps.store.save(organization, events, context)
            changed += 1
        except StaleRecord:  # changed in between: due again at the next run
            continue
    return changed


def endpoints_of(deps: Dependencies, organization_id: str) -> list[Document]:
    """All endpoints as lists show them; raises UnknownOrganization."""
    return [endpoint_as_shown(endpoint) for endpoint in organization_of(deps, organization_id)["webhooks"]]


def endpoint_as_shown(endpoint: Document) -> Document:
    """An endpoint without its secrets."""
    kept = ("id", "url", "events", "status", "created_at", "updated_at")
    return {field: endpoint[field] for field in kept} | {"signatures": len(endpoint["secrets"])}


def drop_all(organization: Document) -> list[Event]:
    """Deletes, in the document at hand, every endpoint."""
    dropped, organization["webhooks"] = organization["webhooks"], []
    organization["secrets_due"] = None
    return [_as_it_is(organization, endpoint | {"status": "deleted", "secrets": []}) for endpoint in dropped]


def _move(deps: Dependencies, organization_id: str, endpoint_id: str, move: str, context: CommandContext) -> Document:
    organization = organization_of(deps, organization_id, context)
    endpoint = endpoint_of(organization, endpoint_id)
    endpoint["status"] = moved(endpoint["status"], move)
    return _save(deps, organization, endpoint, context)


def _save(deps: Dependencies, organization: Document, endpoint: Document, context: CommandContext) -> Document:
    endpoint["updated_at"] = organization["updated_at"] = context.now
    organization["secrets_due"] = _next_due(organization)
    return deps.store.save(organization, [_as_it_is(organization, endpoint)], context)


def _next_due(organization: Document) -> datetime | None:
    ends = [
        secret["until"] for endpoint in organization["webhooks"] for secret in endpoint["secrets"] if "until" in secret
    ]
    return min(ends, default=None)


def _as_it_is(organization: Document, endpoint: Document) -> WebhookChanged:
    return WebhookChanged(
        organization_id=organization["_id"],
        endpoint_id=endpoint["id"],
        url=endpoint["url"],
        events=tuple(endpoint["events"]),
        status=endpoint["status"],
        sealed_secrets=tuple(secret["sealed"] for secret in endpoint["secrets"]),
    )


def endpoint_of(organization: Document, endpoint_id: str) -> Document:
    """Raises UnknownEndpoint."""
    for endpoint in organization["webhooks"]:
        if endpoint["id"] == endpoint_id:
            found: Document = endpoint
            return found
    raise UnknownEndpoint
