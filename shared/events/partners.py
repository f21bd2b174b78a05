"""Events published by partners: organizations, their API keys (as keyed hashes) and webhook endpoints (secrets sealed to notify); agreements."""

import msgspec

from shared.events.language import Event, event

ORGANIZATION_HEARERS = ("intake", "notify", "accounts", "training")
AGREEMENT_HEARERS = ("notify", "training")


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


@event("partners.organization.registered.v1", subject="organization", consumers=ORGANIZATION_HEARERS)
class OrganizationRegistered(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Entered as prospective."""


@event("partners.organization.activated.v1", subject="organization", consumers=ORGANIZATION_HEARERS)
class OrganizationActivated(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """May refer from now on."""


@event("partners.organization.updated.v1", subject="organization", consumers=ORGANIZATION_HEARERS)
class OrganizationUpdated(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Name, kinds or contacts changed."""

    fields: tuple[str, ...]


@event("partners.organization.suspended.v1", subject="organization", consumers=ORGANIZATION_HEARERS)
class OrganizationSuspended(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Its keys open nothing until it is active again."""

    reason: str | None = None


@event("partners.organization.closed.v1", subject="organization", consumers=ORGANIZATION_HEARERS)
class OrganizationClosed(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The relation has ended."""

    reason: str | None = None


@event("partners.api_key.issued.v1", subject="organization", consumers=("intake", "accounts"))
class ApiKeyIssued(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A key lives: `hash` is HMAC-SHA-256 of the key under the secret `api_key_hmac`, hex."""

    organization_id: str
    key_id: str
    hash: str
    scopes: tuple[str, ...]
    expires_at: str | None = None


@event("partners.api_key.revoked.v1", subject="organization", consumers=("intake", "accounts"))
class ApiKeyRevoked(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The key opens nothing any more."""

    organization_id: str
    key_id: str
    hash: str


@event("partners.webhook.changed.v1", subject="organization", consumers=("notify",))
class WebhookChanged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An endpoint as it now is (`active`, `disabled`, `deleted`); its signing secrets sealed to notify's public key, base64."""

    organization_id: str
    endpoint_id: str
    url: str
    events: tuple[str, ...]
    status: str
    sealed_secrets: tuple[str, ...] = ()


class Quota(msgspec.Struct, frozen=True):
    """How many people may come (`in`) or go (`out`) in a year, as the agreement counts years."""

    direction: str
    year: int
    people: int


class AgreementEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement as it now is. Days are ISO dates in the hospital's zone; `ends` is the last one, `terminates_on` the
    first on which it no longer holds. `owner_id` is the account that is told; names of signatories stay in partners.
    """

    agreement_id: str
    reference: str
    kind: str
    status: str
    term: str
    starts: str
    title: dict[str, str]
    owner_id: str
    organization_ids: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    ends: str | None = None
    renews_months: int | None = None
    notice_on: str | None = None
    notice_given_on: str | None = None
    terminates_on: str | None = None
    quota: tuple[Quota, ...] = ()
    parent_id: str | None = None
    renews: str | None = None


@event("partners.agreement.drafted.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementDrafted(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Entered; with `renews` it is to follow that agreement."""


@event("partners.agreement.updated.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementUpdated(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Its terms, its owner or its title changed; `fields` names what."""

    fields: tuple[str, ...]


@event("partners.agreement.submitted.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementSubmitted(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """In review."""


@event("partners.agreement.signed.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementSigned(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Signed by all; it holds from its start on."""

    signed_on: str


@event("partners.agreement.activated.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementActivated(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """It holds now."""


@event("partners.agreement.abandoned.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementAbandoned(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Never signed, and will not be."""

    reason: str | None = None


@event("partners.agreement.scan_attached.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementScanAttached(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The signed paper was scanned; the scan stays in partners, `sha256` (hex) is its hash."""

    sha256: str


@event("partners.agreement.notice_given.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementNoticeGiven(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """It will not renew itself: it ends with `ends`."""


@event("partners.agreement.termination_planned.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementTerminationPlanned(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """It will be terminated on `terminates_on`."""

    reason: str | None = None


@event("partners.agreement.terminated.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementTerminated(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Ended before its time."""

    reason: str | None = None


@event("partners.agreement.expiring.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementExpiring(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Its end draws near: `mark` is `180`, `90` or `30` (days), or `notice`, the last day to give notice."""

    days_left: int
    mark: str


@event("partners.agreement.expired.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementExpired(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Its last day is over."""


@event("partners.agreement.renewed.v1", subject="agreement", consumers=AGREEMENT_HEARERS)
class AgreementRenewed(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """It renewed itself and stays `active` until the new `ends`; or, as `renewed`, the agreement `renewed_by` took its place."""

    previous_ends: str | None = None
    renewed_by: str | None = None
