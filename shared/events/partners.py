"""Events published by partners: organizations, their API keys (as keyed hashes) and webhook endpoints (secrets sealed to notify); agreements."""

import msgspec

from shared.events.language import Event, event

ORGANIZATION_CONSUMERS = ("intake", "notify", "accounts", "training")
AGREEMENT_CONSUMERS = ("notify", "training")


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A work contact of the organization; `language` is BCP 47 (`en` or `ja` are written)."""

    name: str
    email: str | None = None
    language: str = "en"


class OrganizationEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The current state of an organization."""

    organization_id: str
    name: str
    kinds: tuple[str, ...]
    status: str
    country: str | None = None
    contacts: tuple[Contact, ...] = ()


@event("partners.organization.registered.v1", subject="organization", consumers=ORGANIZATION_CONSUMERS)
class OrganizationRegistered(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An organization was registered with the status `prospective`."""


@event("partners.organization.activated.v1", subject="organization", consumers=ORGANIZATION_CONSUMERS)
class OrganizationActivated(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The organization may refer patients from now on."""


@event("partners.organization.updated.v1", subject="organization", consumers=ORGANIZATION_CONSUMERS)
class OrganizationUpdated(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Name, kinds or contacts changed."""

    fields: tuple[str, ...]


@event("partners.organization.suspended.v1", subject="organization", consumers=ORGANIZATION_CONSUMERS)
class OrganizationSuspended(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The organization was suspended: its API keys are refused until it is active again."""

    reason: str | None = None


@event("partners.organization.closed.v1", subject="organization", consumers=ORGANIZATION_CONSUMERS)
class OrganizationClosed(OrganizationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The organization was closed: the relation has ended."""

    reason: str | None = None


@event("partners.api_key.issued.v1", subject="organization", consumers=("intake", "accounts"))
class ApiKeyIssued(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An API key was issued: `hash` is HMAC-SHA-256 of the key under the secret `api_key_hmac`, hex."""

    organization_id: str
    key_id: str
    hash: str
    scopes: tuple[str, ...]
    expires_at: str | None = None


@event("partners.api_key.revoked.v1", subject="organization", consumers=("intake", "accounts"))
class ApiKeyRevoked(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An API key was revoked and is refused from now on."""

    organization_id: str
    key_id: str
    hash: str


@event("partners.webhook.changed.v1", subject="organization", consumers=("notify",))
class WebhookChanged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The current state of a webhook endpoint (`active`, `disabled`, `deleted`); its signing secrets sealed to notify's public key, base64."""

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
    """The current state of an agreement. Days are ISO dates in the hospital's zone; `ends` is the last one, `terminates_on` the
    first on which it is no longer in force. `owner_id` is the account that is notified; names of signatories stay in partners.
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


@event("partners.agreement.drafted.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementDrafted(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A draft was entered; `renews` names the agreement that it is to follow."""


@event("partners.agreement.updated.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementUpdated(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Terms, owner or title of the agreement changed; `fields` names the changed fields."""

    fields: tuple[str, ...]


@event("partners.agreement.submitted.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementSubmitted(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement was submitted for review."""


@event("partners.agreement.signed.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementSigned(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """All parties signed the agreement; it is in force from its first day."""

    signed_on: str


@event("partners.agreement.activated.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementActivated(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement is in force."""


@event("partners.agreement.abandoned.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementAbandoned(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The draft was abandoned without being signed."""

    reason: str | None = None


@event("partners.agreement.scan_attached.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementScanAttached(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A scan of the signed agreement was attached; it stays in partners, `sha256` (hex) is its hash."""

    sha256: str


@event("partners.agreement.notice_given.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementNoticeGiven(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Notice was given: the agreement does not renew automatically and ends with `ends`."""


@event("partners.agreement.termination_planned.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementTerminationPlanned(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement will be terminated on `terminates_on`."""

    reason: str | None = None


@event("partners.agreement.terminated.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementTerminated(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement was terminated before its end."""

    reason: str | None = None


@event("partners.agreement.expiring.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementExpiring(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement ends soon: `mark` is `180`, `90` or `30` (days), or `notice`, the last day to give notice."""

    days_left: int
    mark: str


@event("partners.agreement.expired.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementExpired(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement expired: its last day is over."""


@event("partners.agreement.renewed.v1", subject="agreement", consumers=AGREEMENT_CONSUMERS)
class AgreementRenewed(AgreementEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The agreement renewed automatically and stays `active` until the new `ends`; or its status is `renewed` and `renewed_by` replaces it."""

    previous_ends: str | None = None
    renewed_by: str | None = None
