"""Webhook endpoints of an organization. Their secrets are shown once and stored encrypted to notify, which signs with them."""

from collections.abc import Sequence
from datetime import datetime

from services.partners.actions.organizations import get_organization
from services.partners.dependencies import Dependencies
from services.partners.rules.event_data import webhook_changed
from services.partners.rules.records import Organization, WebhookEndpoint
from services.partners.rules.webhooks import (
    EndpointView,
    NewSecret,
    check_room,
    check_subscription,
    endpoint_of,
    next_secret_end,
    next_status,
    rotate,
    signing_secrets,
    to_response,
)
from shared.command_context import CommandContext
from shared.events import Event
from shared.outbox.records import StaleRecord


def add_endpoint(
    deps: Dependencies,
    organization_id: str,
    url: str,
    events: Sequence[str],
    context: CommandContext,
    new: NewSecret,
) -> Organization:
    """Adds the endpoint `new.id` and returns the organization; raises InvalidInput and TooManyEndpoints."""
    organization = get_organization(deps, organization_id, context)
    subscribed = check_subscription(url, events, deps.secrets.exempt)
    check_room(organization["webhooks"])
    endpoint: WebhookEndpoint = {
        "id": new.id,
        "url": url,
        "events": subscribed,
        "status": "active",
        "secrets": [{"sealed": deps.secrets.seal_to_notify(new.secret), "since": context.now}],
        "created_at": context.now,
        "updated_at": context.now,
    }
    organization["webhooks"] = [*organization["webhooks"], endpoint]
    return _save(deps, organization, endpoint, context)


def disable_endpoint(
    deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext
) -> Organization:
    """Disables an endpoint: nothing is sent to it. Raises UnknownEndpoint and IllegalMove."""
    return _move(deps, organization_id, endpoint_id, "disable", context)


def enable_endpoint(
    deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext
) -> Organization:
    """Enables a disabled endpoint; raises UnknownEndpoint and IllegalMove."""
    return _move(deps, organization_id, endpoint_id, "enable", context)


def rotate_secret(
    deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext, new: NewSecret
) -> Organization:
    """Replaces the secret; for 24 hours messages carry two signatures, by the new secret and the replaced one."""
    organization = get_organization(deps, organization_id, context)
    endpoint = endpoint_of(organization, endpoint_id)
    sealed = deps.secrets.seal_to_notify(new.secret)
    endpoint["secrets"] = rotate(endpoint["secrets"], sealed, context.now)
    return _save(deps, organization, endpoint, context)


def delete_endpoint(
    deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext
) -> Organization:
    """Deletes an endpoint and returns the organization; raises UnknownEndpoint."""
    organization = get_organization(deps, organization_id, context)
    endpoint = endpoint_of(organization, endpoint_id)
    organization["webhooks"] = [other for other in organization["webhooks"] if other["id"] != endpoint_id]
    endpoint |= {"status": "deleted", "secrets": []}
    return _save(deps, organization, endpoint, context)


def disable_gone_endpoint(deps: Dependencies, organization_id: str, endpoint_id: str, context: CommandContext) -> None:
    """Disables an endpoint that answered 410 Gone, unless it was deleted or disabled meanwhile."""
    organization = deps.store.organizations.get(organization_id)
    endpoints = organization["webhooks"] if organization else []
    for endpoint in endpoints:
        if organization and endpoint["id"] == endpoint_id and endpoint["status"] == "active":
            endpoint["status"] = "disabled"
            _save(deps, organization, endpoint, context)


def retire_secrets(deps: Dependencies, now: datetime, context: CommandContext) -> int:
    """Removes replaced secrets whose overlap is over and returns the number of organizations it changed."""
    changed = 0
    for organization in deps.store.with_due_secrets(now):
        events: list[Event] = []
        for endpoint in organization["webhooks"]:
            signing = signing_secrets(endpoint["secrets"], now)
            if len(signing) < len(endpoint["secrets"]):
                endpoint["secrets"] = signing
                events.append(webhook_changed(organization, endpoint))
        organization["secrets_due"] = next_secret_end(organization)
        try:
            deps.store.save(organization, events, context)
            changed += 1
        except StaleRecord:  # changed meanwhile: it is due again at the next run
            continue
    return changed


def list_endpoints(deps: Dependencies, organization_id: str) -> list[EndpointView]:
    """Returns all endpoints without their secrets; raises UnknownOrganization."""
    return [to_response(endpoint) for endpoint in get_organization(deps, organization_id)["webhooks"]]


def _move(
    deps: Dependencies, organization_id: str, endpoint_id: str, move: str, context: CommandContext
) -> Organization:
    organization = get_organization(deps, organization_id, context)
    endpoint = endpoint_of(organization, endpoint_id)
    endpoint["status"] = next_status(endpoint["status"], move)
    return _save(deps, organization, endpoint, context)


def _save(
    deps: Dependencies, organization: Organization, endpoint: WebhookEndpoint, context: CommandContext
) -> Organization:
    endpoint["updated_at"] = organization["updated_at"] = context.now
    organization["secrets_due"] = next_secret_end(organization)
    return deps.store.save(organization, [webhook_changed(organization, endpoint)], context)
