"""The records of partners as they are stored: organizations with their keys and webhook endpoints, agreements, read copies."""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from shared.outbox.stored_record import StoredRecord

OrganizationStatus = Literal["prospective", "active", "suspended", "closed"]
EndpointStatus = Literal["active", "disabled", "deleted"]
AgreementStatus = Literal["draft", "in_review", "signed", "active", "expired", "renewed", "terminated", "abandoned"]
Direction = Literal["in", "out"]


class Record(StoredRecord):
    """The fields of every record here."""

    created_at: datetime
    updated_at: datetime


class Contact(TypedDict):
    """A work contact of an organization; `language` is the language of notices to it."""

    name: str
    email: NotRequired[str | None]
    language: NotRequired[str]


class ApiKey(TypedDict):
    """An API key: `hash` is its keyed hash, `shown` its masked form for lists, `replaces` the id of the key it rotates.

    `revoked_sequence` is the sequence of the revocation's event.
    """

    id: str
    hash: str
    shown: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_sequence: NotRequired[int]
    replaces: str | None


class WebhookSecret(TypedDict):
    """A signing secret, encrypted to notify's public key; `until` is set when a newer one replaces it."""

    sealed: str
    since: datetime
    until: NotRequired[datetime]


class WebhookEndpoint(TypedDict):
    """A webhook endpoint, with its newest secret first."""

    id: str
    url: str
    events: list[str]
    status: EndpointStatus
    secrets: list[WebhookSecret]
    created_at: datetime
    updated_at: datetime


class Organization(Record):
    """An organization. `open` is false once it is closed; `secrets_due` is when the next replaced webhook secret retires."""

    name: str
    folded_name: str
    kinds: list[str]
    country: str | None
    contacts: list[Contact]
    status: OrganizationStatus
    status_reason: str | None
    open: bool
    keys: list[ApiKey]
    webhooks: list[WebhookEndpoint]
    secrets_due: datetime | None


class OrganizationChanges(TypedDict, total=False):
    """Fields of an organization that can be changed."""

    name: str
    kinds: list[str]
    country: str | None
    contacts: list[Contact]


class OrganizationFilters(TypedDict, total=False):
    """Filters of the list of organizations."""

    status: OrganizationStatus
    kind: str
    name: str


class Quota(TypedDict):
    """How many people may come (`in`) or go (`out`) in a year."""

    direction: Direction
    year: int
    people: int


class Signatory(TypedDict):
    """A person who signed for one side."""

    side: Literal["ours", "theirs"]
    name: str
    title: str
    signed_on: NotRequired[str]


class Signing(TypedDict):
    """The signatories, and the day of the last signature."""

    signatories: list[Signatory]
    signed_on: str


class Scan(TypedDict):
    """The scan of a signed agreement; `file` is its id among the stored files, `by` the actor who uploaded it."""

    id: str
    name: str
    size: int
    sha256: str
    at: datetime
    by: str
    file: NotRequired[str]


class Terms(TypedDict):
    """The terms of an agreement. Days are ISO dates, `title` is by language; `owner` is an account's id."""

    kind: str
    parent_id: str | None
    title: dict[str, str]
    organization_ids: list[str]
    scopes: list[str]
    quota: list[Quota]
    term: str
    starts: str
    ends: str | None
    renews_months: int | None
    notice_months: int | None
    owner: str | None


class GivenTerms(TypedDict, total=False):
    """Terms as a request gives them; `owner` is an account's id or username."""

    kind: str
    parent_id: str | None
    title: dict[str, str]
    organization_ids: list[str]
    scopes: list[str]
    quota: list[Quota]
    term: str
    starts: str
    ends: str | None
    renews_months: int | None
    notice_months: int | None
    owner: str | None


class Agreement(Record, Terms):
    """An agreement. `agreed_ends` is the end that was agreed, `ends` that of the present term; `reminders_sent` are for this end.

    `notice_on` and `due_on` (the next day the timer has work) are derived from the other days.
    """

    reference: str
    status: AgreementStatus
    status_reason: str | None
    abandoned: bool
    renews: str | None
    renewed_by: str | None
    signatories: list[Signatory]
    signed_on: str | None
    scan: Scan | None
    agreed_ends: str | None
    notice_on: str | None
    notice_given_on: str | None
    terminates_on: str | None
    termination_reason: str | None
    reminders_sent: list[str]
    due_on: str | None


class AgreementFilters(TypedDict, total=False):
    """Filters of the list of agreements."""

    organization_id: str
    status: AgreementStatus
    scope: str
    expiring_within_days: int


class Stay(TypedDict):
    """A trainee's stay, from training's events; `days` are those attended, known when the stay is over."""

    status: str
    direction: str
    kind: str
    organization_id: str | None
    agreement_id: str | None
    first_day: str | None
    last_day: str | None
    days: NotRequired[int]


class Person(TypedDict):
    """A person who can own an agreement, from accounts' events."""

    _id: str
    roles: list[str]
