"""What partners says: organizations, their API keys (as keyed hashes) and webhook endpoints (secrets sealed to notify)."""

import msgspec

from shared.events.language import Event, event

ORGANIZATION_HEARERS = ("intake", "notify", "accounts")


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A work contact of the organization; `language` is BCP 47 (`en` or `ja` are written)."""

    name: str
    email: str | None = None
    language: str = "en"


class OrganizationEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The organization as it now is."""

    organization_id: str
    name: str
    kinds: tuple[str, ...]
    status: str
    country: str | None = None
    contacts: tuple[Contact, ...] = ()


@event("partners.organization.registered.v1", subject="organization", heard_by=ORGANIZATION_HEARERS)
class OrganizationRegistered(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Entered as prospective."""


@event("partners.organization.activated.v1", subject="organization", heard_by=ORGANIZATION_HEARERS)
class OrganizationActivated(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """May refer from now on."""


@event("partners.organization.updated.v1", subject="organization", heard_by=ORGANIZATION_HEARERS)
class OrganizationUpdated(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Name, kinds or contacts changed."""

    fields: tuple[str, ...]


@event("partners.organization.suspended.v1", subject="organization", heard_by=ORGANIZATION_HEARERS)
class OrganizationSuspended(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Its keys open nothing until it is active again."""

    reason: str | None = None


@event("partners.organization.closed.v1", subject="organization", heard_by=ORGANIZATION_HEARERS)
class OrganizationClosed(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The relation has ended."""

    reason: str | None = None


@event("partners.api_key.issued.v1", subject="organization", heard_by=("intake", "accounts"))
class ApiKeyIssued(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A key lives: `hash` is HMAC-SHA-256 of the key under the secret `api_key_hmac`, hex."""

    organization_id: str
    key_id: str
    hash: str
    scopes: tuple[str, ...]
    expires_at: str | None = None


@event("partners.api_key.revoked.v1", subject="organization", heard_by=("intake", "accounts"))
class ApiKeyRevoked(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The key opens nothing any more."""

    organization_id: str
    key_id: str
    hash: str


@event("partners.webhook.changed.v1", subject="organization", heard_by=("notify",))
class WebhookChanged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An endpoint as it now is (`active`, `disabled`, `deleted`); its signing secrets sealed to notify's public key, base64."""

    organization_id: str
    endpoint_id: str
    url: str
    events: tuple[str, ...]
    status: str
    sealed_secrets: tuple[str, ...] = ()
