"""Sessions of the pages: begun at sign-in, kept alive by use, ended by their person, by time, or with the account's rights."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.accounts.actions.devices import new_device
from services.accounts.actions.people import end_sessions, load
from services.accounts.actions.sign_in import known_by, may_enter
from services.accounts.dependencies import Dependencies
from services.accounts.rules import sessions as rules
from services.accounts.rules.sessions import SessionOver, UnknownSession
from services.accounts.rules.sign_in import claims
from services.accounts.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events.accounts import SessionEnded
from shared.ids import new_id

Document = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """Where somebody comes from: network address, the browser's own header, and what it kept of an earlier sign-in."""

    address: str
    agent: str
    device: str = ""


@dataclass(frozen=True)
class Opened:
    """What a browser keeps: the session's secret, a token for the next minutes, and that it is one of this person's devices."""

    account: Document
    secret: str
    token: str
    device: str = ""


def open_session(
    deps: Dependencies, username: str, password: str, one_time_code: str, visit: Visit, cause: str | None = None
) -> Opened:
    """A session for a name, a password and a one-time or recovery code; raises SignInRefused."""
    account, issued = known_by(deps, username, password, one_time_code, visit.address, cause, visit.device)
    return _begin_session(deps, account, issued, visit)


def _begin_session(deps: Dependencies, account: Document, issued: datetime, visit: Visit) -> Opened:
    """A session, under a new id, for somebody who has shown who they are."""
    secret, now = rules.new_secret(), deps.clock()
    session = {
        "_id": new_id(),
        "secret": rules.hashed(secret),
        "account_id": account["_id"],
        "started_at": issued,
        "used_at": now,
        "token_at": issued,
        "ends_at": now + rules.WHOLE,
        "address": visit.address,
        "browser": rules.browser_of(visit.agent),
    }
    deps.store.sessions.insert(session)
    device = new_device(deps, account["username"], now)
    return Opened(account, secret, _token(deps, account, session["_id"], issued), device)


def begin_now(deps: Dependencies, account: Document, visit: Visit) -> Opened:
    """A session whose token counts from now on, and in any case after those that are void."""
    now = deps.clock()
    issued = max(now, account.get("void_before") or now)
    deps.store.note_token(account["_id"], issued)
    return _begin_session(deps, account, issued, visit)


def begin_again(deps: Dependencies, account_id: str, visit: Visit) -> Opened:
    """A session for somebody who has just ended all of theirs."""
    return begin_now(deps, load(deps.store, account_id), visit)


def renew(deps: Dependencies, secret: str, idle: float, address: str) -> Opened:
    """Another token; `idle` is for how many seconds nobody was at the keyboard. Raises SessionOver, and forgets the session then."""
    now, session = deps.clock(), deps.store.sessions.by_secret(rules.hashed(secret))
    if session is None:
        raise SessionOver
    account = deps.store.accounts.get(session["account_id"])
    used = rules.last_use(session, idle, now)
    if account is None or not _alive(deps, session, account, used, now):
        deps.store.sessions.end(session["_id"])
        raise SessionOver
    if not deps.store.sessions.use(session["_id"], used, now, address):
        raise SessionOver
    return Opened(account, secret, _token(deps, account, session["_id"], now))


def _alive(deps: Dependencies, session: Document, account: Document, used: datetime, now: datetime) -> bool:
    void = account.get("void_before")
    ended = void is not None and session["started_at"] < void
    return not ended and not rules.is_over(session, used, now) and may_enter(deps, account)


def sign_out(deps: Dependencies, secret: str, cause: str) -> None:
    """Ends the session a browser keeps; nothing where it is over already."""
    session = deps.store.sessions.by_secret(rules.hashed(secret))
    if session:
        id_ = session["account_id"]
        try:
            end_session(deps, id_, session["_id"], CommandContext(deps.clock(), f"account:{id_}", cause))
        except UnknownSession:  # from another window at the same time
            return


def end_session(deps: Dependencies, account_id: str, session_id: str, context: CommandContext) -> Document:
    """Ends one session of a person and voids its tokens everywhere; raises UnknownSession."""

    def end(store: Store) -> Document:
        session = store.sessions.one(session_id, account_id)
        if session is None:
            raise UnknownSession
        before = max(context.now, session["token_at"] + timedelta(milliseconds=1))
        store.sessions.end(session_id)
        store.void_tokens(account_id, before, session_id)
        said = SessionEnded(account_id=account_id, before=rfc3339(before), session_id=session_id)
        return store.save_account(load(store, account_id), [said], context)

    return deps.store.together(end)


def end_all_sessions(deps: Dependencies, account_id: str, context: CommandContext) -> Document:
    """Ends all sessions of a person, and voids every token."""

    def end(store: Store) -> Document:
        account = load(store, account_id)
        return store.save_account(account, [end_sessions(store, account, context)], context)

    return deps.store.together(end)


def sessions_of(deps: Dependencies, account_id: str) -> list[Document]:
    """This person's sessions that still live, the newest first."""
    now = deps.clock()
    return [one for one in deps.store.sessions.of(account_id) if not rules.is_over(one, one["used_at"], now)]


def _token(deps: Dependencies, account: Document, session_id: str, issued: datetime) -> str:
    """A page's token: a program's, for a shorter time, with the name its person sees in the head of the page."""
    told = claims(account, session_id, issued, rules.TOKEN_SECONDS)
    return deps.secrets.sign(told | {"name": account.get("name") or account["username"]})
