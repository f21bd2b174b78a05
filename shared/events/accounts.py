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
    """May sign in."""


@event("accounts.account.updated.v1", subject="account", consumers=EVERY_SERVICE)
class AccountUpdated(AccountEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Roles, departments or contact changed; a change of what the person may do also publishes session.ended."""

    fields: tuple[str, ...]


@event("accounts.account.disabled.v1", subject="account", consumers=EVERY_SERVICE)
class AccountDisabled(AccountEvent, frozen=True, kw_only=True, omit_defaults=True):
    """May not sign in any more; tokens issued before this event's time are void."""


@event("accounts.account.locked.v1", subject="account", consumers=("notify",))
class AccountLocked(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody tried to sign in as this person too often; whoever tries from where they did is refused until `until` (RFC 3339).

    `password_known`: the name and the password were right, and only the second factor kept them out.
    """

    account_id: str
    until: str
    password_known: bool = False


@event("accounts.session.ended.v1", subject="account", consumers=EVERY_SERVICE)
class SessionEnded(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens of this account issued before `before` (RFC 3339) are void: of one session, or of all where none is named."""

    account_id: str
    before: str
    session_id: str | None = None


@event(
    "accounts.department.updated.v1", subject="department", consumers=("intake", "interpreting", "notify", "training")
)
class DepartmentUpdated(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A department as it now is; `names` by BCP 47 tag. `listed` is false where it takes no visits any more."""

    code: str
    names: dict[str, str]
    listed: bool = True
    place: str | None = None
    extension: str | None = None
