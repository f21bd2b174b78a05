"""Events published by accounts: accounts that may sign in, revocation of tokens, and departments."""

from shared.events.language import Event, event

EVERY_SERVICE = ("intake", "interpreting", "notify", "partners", "training")


class AccountEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person who signs in; `organization_id` for agencies' people, `departments` (codes) they work in. `email` is a work contact."""

    account_id: str
    username: str
    roles: tuple[str, ...]
    organization_id: str | None = None
    departments: tuple[str, ...] = ()
    email: str | None = None
    language: str = "ja"


@event("accounts.account.created.v1", subject="account", consumers=EVERY_SERVICE)
class AccountCreated(AccountEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The account may sign in."""


@event("accounts.account.updated.v1", subject="account", consumers=EVERY_SERVICE)
class AccountUpdated(AccountEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Roles, departments or contact changed; a change of what the person may do also publishes session.ended."""

    fields: tuple[str, ...]


@event("accounts.account.disabled.v1", subject="account", consumers=EVERY_SERVICE)
class AccountDisabled(AccountEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The account may not sign in any more; tokens issued before this event's time are void."""


@event("accounts.account.locked.v1", subject="account", consumers=("notify",))
class AccountLocked(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Too many sign-ins to this account failed; further attempts from the same place are refused until `until` (RFC 3339).

    `password_known`: the user name and the password were right; only the second factor failed.
    """

    account_id: str
    until: str
    password_known: bool = False


@event("accounts.session.ended.v1", subject="account", consumers=EVERY_SERVICE)
class SessionEnded(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens of this account issued before `before` (RFC 3339) are void: of one session, or of all sessions if `session_id` is absent."""

    account_id: str
    before: str
    session_id: str | None = None


@event(
    "accounts.department.updated.v1", subject="department", consumers=("intake", "interpreting", "notify", "training")
)
class DepartmentUpdated(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The current state of a department; `names` by BCP 47 tag. `listed` is false if it takes no visits any more."""

    code: str
    names: dict[str, str]
    listed: bool = True
    place: str | None = None
    extension: str | None = None
