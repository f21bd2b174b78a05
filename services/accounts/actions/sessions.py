"""Sessions of the pages: started at sign-in, extended by use, ended by the person, by time, or with the account's rights."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.accounts.actions.accounts import end_all_tokens, load_account
from services.accounts.actions.devices import new_device
from services.accounts.actions.sign_in import authenticate, can_sign_in
from services.accounts.dependencies import Dependencies
from services.accounts.rules import sessions as rules
from services.accounts.rules.records import Account, Session
from services.accounts.rules.sessions import SessionOver, UnknownSession
from services.accounts.rules.sign_in import token_claims
from services.accounts.store.store import Store
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.events.accounts import SessionEnded
from shared.ids import new_id


@dataclass(frozen=True)
class Client:
    """Where a request comes from: network address, User-Agent header, and the device cookie of an earlier sign-in."""

    address: str
    agent: str
    device: str = ""


@dataclass(frozen=True)
class BrowserSession:
    """What a browser stores of a session: its secret, a token for the next minutes, and the device cookie."""

    account: Account
    secret: str
    token: str
    device: str = ""


def open_session(
    deps: Dependencies, username: str, password: str, one_time_code: str, client: Client, cause: str | None = None
) -> BrowserSession:
    """Starts a session with a name, a password and a one-time or recovery code; raises SignInRefused."""
    account, issued = authenticate(deps, username, password, one_time_code, client.address, cause, client.device)
    return _insert_session(deps, account, issued, client)


def _insert_session(deps: Dependencies, account: Account, issued: datetime, client: Client) -> BrowserSession:
    """Stores a session under a new id, for a person who is authenticated."""
    secret, now = rules.new_secret(), deps.clock()
    session: Session = {
        "_id": new_id(),
        "secret": rules.hash_secret(secret),
        "account_id": account["_id"],
        "started_at": issued,
        "used_at": now,
        "token_at": issued,
        "ends_at": now + rules.MAX_DURATION,
        "address": client.address,
        "browser": rules.browser_of(client.agent),
    }
    deps.store.sessions.insert(session)
    device = new_device(deps, account["username"], now)
    return BrowserSession(account, secret, _page_token(deps, account, session["_id"], issued), device)


def start_session(deps: Dependencies, account: Account, client: Client) -> BrowserSession:
    """Starts a session whose token is issued now, but in any case after the tokens that are void."""
    now = deps.clock()
    issued = max(now, account.get("void_before") or now)
    deps.store.record_token(account["_id"], issued)
    return _insert_session(deps, account, issued, client)


def restart_session(deps: Dependencies, account_id: str, client: Client) -> BrowserSession:
    """Starts a session for a person who has just ended all of their sessions."""
    return start_session(deps, load_account(deps.store, account_id), client)


def renew(deps: Dependencies, secret: str, idle: float, address: str) -> BrowserSession:
    """Returns a new token; `idle` is the number of seconds without activity. Raises SessionOver and deletes an expired session."""
    now, session = deps.clock(), deps.store.sessions.by_secret(rules.hash_secret(secret))
    if session is None:
        raise SessionOver
    account = deps.store.accounts.get(session["account_id"])
    used = rules.last_use(session, idle, now)
    if account is None or not _is_valid(deps, session, account, used, now):
        deps.store.sessions.end(session["_id"])
        raise SessionOver
    if not deps.store.sessions.record_use(session["_id"], used, now, address):
        raise SessionOver
    return BrowserSession(account, secret, _page_token(deps, account, session["_id"], now))


def _is_valid(deps: Dependencies, session: Session, account: Account, used: datetime, now: datetime) -> bool:
    void = account.get("void_before")
    ended = void is not None and session["started_at"] < void
    return not ended and not rules.is_expired(session, used, now) and can_sign_in(deps, account)


def sign_out(deps: Dependencies, secret: str, cause: str) -> None:
    """Ends the browser's session; does nothing if it has ended already."""
    session = deps.store.sessions.by_secret(rules.hash_secret(secret))
    if session:
        id_ = session["account_id"]
        try:
            end_session(deps, id_, session["_id"], CommandContext(deps.clock(), f"account:{id_}", cause))
        except UnknownSession:  # ended from another window at the same time
            return


def end_session(deps: Dependencies, account_id: str, session_id: str, context: CommandContext) -> Account:
    """Ends one session of a person and voids its tokens everywhere; raises UnknownSession."""

    def end(store: Store) -> Account:
        session = store.sessions.one(session_id, account_id)
        if session is None:
            raise UnknownSession
        before = max(context.now, session["token_at"] + timedelta(milliseconds=1))
        store.sessions.end(session_id)
        store.void_tokens(account_id, before, session_id)
        ended = SessionEnded(account_id=account_id, before=rfc3339(before), session_id=session_id)
        return store.save_account(load_account(store, account_id), [ended], context)

    return deps.store.in_transaction(end)


def end_all_sessions(deps: Dependencies, account_id: str, context: CommandContext) -> Account:
    """Ends all sessions of a person and voids every token."""

    def end(store: Store) -> Account:
        account = load_account(store, account_id)
        return store.save_account(account, [end_all_tokens(store, account, context)], context)

    return deps.store.in_transaction(end)


def list_sessions(deps: Dependencies, account_id: str) -> list[Session]:
    """Returns the person's sessions that have not expired, the newest first."""
    now = deps.clock()
    sessions = deps.store.sessions.of_account(account_id)
    return [session for session in sessions if not rules.is_expired(session, session["used_at"], now)]


def _page_token(deps: Dependencies, account: Account, session_id: str, issued: datetime) -> str:
    """Returns a page's token: like a program's, but with a shorter lifetime and the name that the page header shows."""
    claims = token_claims(account, session_id, issued, rules.TOKEN_SECONDS)
    return deps.secrets.sign({**claims, "name": account.get("name") or account["username"]})
