"""The records of accounts as they are stored: accounts with their second factor, sessions of pages, departments."""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from shared.outbox.stored_record import StoredRecord

AccountStatus = Literal["active", "disabled"]


class Record(StoredRecord):
    """The fields of every record here."""

    created_at: datetime
    updated_at: datetime


class ProviderLink(TypedDict):
    """The subject of the hospital's OpenID Connect provider that an account is linked to."""

    issuer: str
    subject: str


class Rights(TypedDict):
    """The fields of an account that decide what it can do: a change ends earlier tokens."""

    roles: list[str]
    organization_id: str | None
    departments: list[str]


class Account(Record, Rights):
    """A person who signs in. `totp` is the encrypted secret of the second factor, `recovery` the hashes of unused recovery codes.

    Sign-ins write `last_step` (the last used one-time code), `token_at` (when the latest token was issued) and `lock_notice_at`
    without a new version. `void_before`: tokens issued before it are void.
    """

    username: str
    name: str | None
    email: str | None
    language: str
    language_chosen: NotRequired[bool]
    status: AccountStatus
    status_reason: NotRequired[str | None]
    password: str
    totp: bytes
    enrolled: NotRequired[bool]
    last_step: int
    token_at: NotRequired[datetime]
    lock_notice_at: NotRequired[datetime]
    void_before: NotRequired[datetime]
    recovery: NotRequired[list[str]]
    recovery_at: NotRequired[datetime]
    oidc: NotRequired[ProviderLink]


class GivenProfile(TypedDict, total=False):
    """How a person is named, contacted and addressed, as a request gives it."""

    name: str | None
    email: str | None
    language: str


class AccountChanges(GivenProfile, total=False):
    """Fields of an account that can be changed."""

    roles: list[str]
    organization_id: str | None
    departments: list[str]


class NewAccount(GivenProfile):
    """A request for a new account; `second_factor` is when it is enrolled."""

    username: str
    roles: list[str]
    organization_id: str | None
    departments: list[str]
    password: NotRequired[str]
    second_factor: Literal["at_first_sign_in", "now"]


class Session(TypedDict):
    """A session of the pages, found by the hash of the secret in the browser's cookie."""

    _id: str
    secret: str
    account_id: str
    started_at: datetime
    used_at: datetime
    token_at: datetime
    ends_at: datetime
    address: str
    browser: str


class Department(Record):
    """A department of the hospital; `names` by BCP 47 tag. `listed` is false if it takes no more visits."""

    code: str
    names: dict[str, str]
    listed: bool
    place: str | None
    extension: str | None


class DepartmentFields(TypedDict):
    """What a department is added with."""

    code: str
    names: dict[str, str]
    listed: NotRequired[bool]
    place: NotRequired[str | None]
    extension: NotRequired[str | None]


class DepartmentChanges(TypedDict, total=False):
    """Fields of a department that can be changed."""

    names: dict[str, str]
    listed: bool
    place: str | None
    extension: str | None
