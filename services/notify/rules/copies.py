"""The read copies that notify holds of other services' records: organizations with their endpoints, interpreters, accounts, cases."""

from collections.abc import Mapping
from datetime import datetime
from typing import NotRequired, TypedDict, cast

from services.notify.rules.notifications import Contact

ENDPOINT = "endpoint_"
"""An organization's copy has one field for each endpoint, with this prefix before the endpoint's id: `endpoint_<id>`."""


class NextStep(TypedDict):
    """Whose turn it is in a case, for what, by when (RFC 3339), as the agencies' API shows it."""

    who: str
    what: str
    by: str | None


class Case(TypedDict):
    """An agency's case: what webhooks about its bookings show."""

    _id: str
    sequence: int
    reference: str | None
    agency_reference: str | None
    organization_id: str
    status: str
    next: NextStep


class Organization(TypedDict, total=False):
    """An organization, without its endpoints (`endpoints`). One whose endpoint was known first has nothing but that."""

    _id: str
    sequence: int
    name: str
    kinds: list[str]
    status: str
    country: str | None
    contacts: list[Contact]


class Endpoint(TypedDict):
    """A webhook endpoint. Its secrets stay encrypted until something is signed; `sequence` is that of the event it came with."""

    url: str
    events: list[str]
    status: str
    sealed_secrets: list[str]
    sequence: int


class Interpreter(TypedDict):
    """An interpreter's work contact."""

    _id: str
    sequence: int
    name: str
    email: str | None
    account_id: str | None
    active: bool


class Account(TypedDict):
    """A person's account; `since` is when it was created: what was notified before is no news to them."""

    _id: str
    sequence: int
    name: str
    email: str | None
    language: str
    roles: list[str]
    departments: list[str]
    enabled: bool
    since: NotRequired[datetime]


def endpoints(organization: Organization | None) -> dict[str, Endpoint]:
    """Returns the webhook endpoints of an organization, by id."""
    fields = cast(Mapping[str, Endpoint], organization or {}).items()
    return {name.removeprefix(ENDPOINT): value for name, value in fields if name.startswith(ENDPOINT)}
