"""The data of the events that partners publishes, taken from its records."""

from typing import TypedDict

from services.partners.rules.records import Agreement, ApiKey, Organization, WebhookEndpoint
from shared.clock import rfc3339
from shared.events.partners import ApiKeyIssued, ApiKeyRevoked, Contact, Quota, WebhookChanged


class OrganizationData(TypedDict):
    """The fields that every event about an organization has."""

    organization_id: str
    name: str
    kinds: tuple[str, ...]
    status: str
    country: str | None
    contacts: tuple[Contact, ...]


class AgreementData(TypedDict):
    """The fields that every event about an agreement has."""

    agreement_id: str
    reference: str
    kind: str
    status: str
    term: str
    starts: str
    title: dict[str, str]
    owner_id: str
    organization_ids: tuple[str, ...]
    scopes: tuple[str, ...]
    ends: str | None
    renews_months: int | None
    notice_on: str | None
    notice_given_on: str | None
    terminates_on: str | None
    quota: tuple[Quota, ...]
    parent_id: str | None
    renews: str | None


def organization_data(organization: Organization) -> OrganizationData:
    """Returns the data of an event about the organization."""
    return {
        "organization_id": organization["_id"],
        "name": organization["name"],
        "kinds": tuple(organization["kinds"]),
        "status": organization["status"],
        "country": organization["country"],
        "contacts": tuple(Contact(**contact) for contact in organization["contacts"]),
    }


def agreement_data(agreement: Agreement) -> AgreementData:
    """Returns the data of an event about the agreement."""
    return {
        "agreement_id": agreement["_id"],
        "reference": agreement["reference"],
        "kind": agreement["kind"],
        "status": agreement["status"],
        "term": agreement["term"],
        "starts": agreement["starts"],
        "title": agreement["title"],
        "owner_id": agreement["owner"] or "",
        "organization_ids": tuple(agreement["organization_ids"]),
        "scopes": tuple(agreement["scopes"]),
        "ends": agreement["ends"],
        "renews_months": agreement["renews_months"],
        "notice_on": agreement["notice_on"],
        "notice_given_on": agreement["notice_given_on"],
        "terminates_on": agreement["terminates_on"],
        "quota": tuple(Quota(**line) for line in agreement["quota"]),
        "parent_id": agreement["parent_id"],
        "renews": agreement["renews"],
    }


def key_issued(organization: Organization, key: ApiKey) -> ApiKeyIssued:
    """Returns the event with the key's hash."""
    return ApiKeyIssued(
        organization_id=organization["_id"],
        key_id=key["id"],
        hash=key["hash"],
        scopes=tuple(key["scopes"]),
        expires_at=rfc3339(key["expires_at"]) if key["expires_at"] else None,
    )


def key_revoked(organization: Organization, key: ApiKey) -> ApiKeyRevoked:
    """Returns the event that the key is revoked."""
    return ApiKeyRevoked(organization_id=organization["_id"], key_id=key["id"], hash=key["hash"])


def webhook_changed(organization: Organization, endpoint: WebhookEndpoint) -> WebhookChanged:
    """Returns the event with the endpoint as it is now."""
    return WebhookChanged(
        organization_id=organization["_id"],
        endpoint_id=endpoint["id"],
        url=endpoint["url"],
        events=tuple(endpoint["events"]),
        status=endpoint["status"],
        sealed_secrets=tuple(secret["sealed"] for secret in endpoint["secrets"]),
    )
