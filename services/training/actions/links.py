"""Signed links of applications: issued, opened, ended, requested again; the second question; the limits on e-mail that strangers can cause.

The link sent last is valid, and any issued after it. A browser that opened a link while it was valid may continue for the working day: it holds a
signed token, of which nothing is stored here. Requests over a limit get the same response as others.
"""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.training.actions import application_records
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.dependencies import Dependencies
from services.training.rules import links as rules
from services.training.rules import second_check
from services.training.rules.faults import NoAddress
from services.training.rules.records.applications import Application
from services.training.store.links import LINKS_SENT, link_sent_update
from shared import mail_addresses, signed_links
from shared.command_context import CommandContext
from shared.events import training
from shared.ids import new_id
from shared.mail_limits import OVERALL, RECIPIENT, SOURCE
from shared.outbox.records import StaleRecord
from shared.signed_links import NoSuchLink
from shared.window_limits import Limit

Cookies = Mapping[str, str]
LINK_TIMER = "links"
LINK_WAIT = timedelta(minutes=5)
SAVE_TRIES = 5
OPENED, KNOWN = "imc_opened", "imc_known"
"""Cookies with tokens of applications: their link was opened, their second question was answered. Each holds the last MAX_TOKENS."""
MAX_TOKENS = 8
BETWEEN = "."


class OlderLink(NoSuchLink):
    """Another link was sent or requested since."""

    status, slug, title = 410, "older-link", "A newer link was sent"


@dataclass(frozen=True)
class OpenedLink:
    """An application behind its link; `newest`: opened with a valid link, so that the browser may continue with it; `number`: of the link used."""

    application: Application
    newest: bool
    number: int


def token_for(deps: Dependencies, application: Application, now: datetime, number: int | None = None) -> str:
    """Returns the signed token of an application: of this issue, else of the newest, for the browser that started the application."""
    if number is None:
        number = deps.store.links.newest(application["_id"]).number
    until = (now + rules.LIFETIME).replace(microsecond=0)
    link = signed_links.Link(application["_id"], application["link_id"], until, number)
    return signed_links.token_of(deps.secrets.links, link)


def issue(deps: Dependencies, application: Application, now: datetime) -> tuple[str, int]:
    """Returns a new link for an e-mail: its address and its number. Earlier ones stay valid until the e-mail was sent."""
    number = deps.store.links.issue(application["_id"])
    token = token_for(deps, application, now, number)
    return f"{deps.settings.public_url}/training/application/{token}", number


def record_sent(deps: Dependencies, application_id: str, number: int, at: datetime) -> None:
    """Records that the e-mail with this issue was sent: earlier ones are older."""
    assert deps.unit is not None
    deps.unit.write(LINKS_SENT, link_sent_update(application_id, number, at))


def open_link(deps: Dependencies, token: str, now: datetime, cookies: Cookies) -> OpenedLink:
    """Returns the application of a signed link; raises OlderLink, and NoSuchLink for every other link that opens nothing.

    A link without a number is older than any with one: it was sent before links were numbered.
    """
    application, link = _application_of_token(deps, token, now - rules.WORKING_DAY)
    newest, number = deps.store.links.newest(link.record_id), link.number or 0
    counts, over = number >= newest.number, link.until <= now
    if counts and not over and not rules.has_expired(application, newest.sent_at, now):
        return OpenedLink(application, newest=True, number=number)
    if has_token(deps, application, OPENED, cookies, now):
        return OpenedLink(application, newest=False, number=number)
    raise NoSuchLink() if counts or over else OlderLink()


def open_for_safety(deps: Dependencies, token: str, now: datetime) -> Application:
    """Returns the application for the one page that shows no personal data: older links open it too, except those that the office ended."""
    application, link = _application_of_token(deps, token, now)
    if (link.number or 0) < deps.store.links.newest(link.record_id).since:
        raise OlderLink()
    return application


def _application_of_token(
    deps: Dependencies, token: str, ends_after: datetime
) -> tuple[Application, signed_links.Link]:
    link = signed_links.read(deps.secrets.links, token, ends_after)
    application = deps.store.applications.get(link.record_id)
    if application is None or application["link_id"] != link.part_id:
        raise NoSuchLink()
    return application, link


def cookie(
    deps: Dependencies, application: Application, kind: str, now: datetime, cookies: Cookies | None = None
) -> tuple[str, str]:
    """Returns name and value of the cookie (OPENED or KNOWN) with this application added; without the link it is of no use."""
    link = signed_links.Link(application["_id"], application["link_id"], now + rules.WORKING_DAY)
    others = [one for known, one in _valid_tokens(deps, kind, cookies or {}, now) if known.record_id != link.record_id]
    return kind, BETWEEN.join([signed_links.token_of(deps.secrets.browsers(kind), link), *others][:MAX_TOKENS])


def has_token(deps: Dependencies, application: Application, kind: str, cookies: Cookies, now: datetime) -> bool:
    """Whether the browser has a token for this application, issued today and after its links were last ended."""
    wanted = (application["_id"], application["link_id"])
    return any((link.record_id, link.part_id) == wanted for link, _ in _valid_tokens(deps, kind, cookies, now))


def _valid_tokens(
    deps: Dependencies, kind: str, cookies: Cookies, now: datetime
) -> Iterator[tuple[signed_links.Link, str]]:
    for token in cookies.get(kind, "").split(BETWEEN)[:MAX_TOKENS]:
        try:
            yield signed_links.read(deps.secrets.browsers(kind), token, now), token
        except NoSuchLink:
            continue


def request_link(deps: Dependencies, email: str, source: str, now: datetime) -> tuple[str, ...]:
    """Records that this address requests its links; takes equally long whether it has any applications, which the response does not show.

    Nothing is recorded beyond a limit, which the response does not show either; returns the names of the limits, for metrics.
    """
    withheld = limits_passed(deps, source, None, now)
    if not withheld and (hashed := mail_hash(deps, email)):
        deps.store.links.add_request(hashed, now)
    return withheld


def send_links(deps: Dependencies, now: datetime) -> None:
    """Sends the links of every address that requested them, each at most once in LINK_WAIT. Run by a timer.

    Anyone may request anyone's links: earlier ones stay valid until the e-mail was sent.
    """
    for hashed in deps.store.links.requests():
        due = [one for one in deps.store.applications_by_mail(hashed) if _is_due(one, now)]
        sent = [
            _send_requested(deps, one, CommandContext(now, f"timer:{LINK_TIMER}", new_id()))
            for one in due
            if is_below_recipient_limit(deps, hashed, now)
        ]
        if all(sent):
            deps.store.links.delete_request(hashed)


def _is_due(application: Application, now: datetime) -> bool:
    requested_at = application.get("link_requested_at")
    return requested_at is None or now - requested_at >= LINK_WAIT


def _send_requested(deps: Dependencies, application: Application, context: CommandContext) -> bool:
    """Whether the request was recorded; where others keep saving the application, the timer tries again."""
    for _ in range(SAVE_TRIES):
        change = load_change(deps.store, application["_id"], context, deps.settings.time_zone)
        _record_request(change)
        try:
            change.save()
            return True
        except StaleRecord:
            continue
    return False


def _record_request(change: ApplicationChange) -> None:
    change.application["link_requested_at"] = change.context.now
    change.add_event(training.ApplicationLinkAsked)


def send_link(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Sends a new link for the office; earlier ones end once this is saved. Raises NoAddress."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    if not change.application.get("mail"):
        raise NoAddress()
    _record_request(change)
    return _save_and_end(deps, change)


def save_new_address(deps: Dependencies, change: ApplicationChange) -> Application:
    """Saves another e-mail address: links sent to the former one end, since that mailbox may be another person's; the new one is sent a link.

    The timer sends it, as to an applicant who lost theirs: an address that anyone may have typed gets a limited number of e-mails.
    """
    saved = _save_and_end(deps, change)
    if saved["mail"]:
        deps.store.links.add_request(saved["mail"], change.context.now)
    return saved


def _save_and_end(deps: Dependencies, change: ApplicationChange) -> Application:
    """Saves, and then ends the links issued before."""
    last = deps.store.links.last_issued(change.application["_id"])
    saved = change.save()
    deps.store.links.end_until(saved["_id"], last)
    return saved


def end_links(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Ends every link ever sent, at once, also in browsers that opened one; a new one may be sent."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    change.application["link_id"] = new_id()
    change.add_event(training.ApplicationLinksEnded)
    return change.save()


def mail_hash(deps: Dependencies, email: str | None) -> str | None:
    """Returns a keyed hash of an address, the same for every spelling of one mailbox."""
    if not email:
        return None
    return hmac.digest(deps.secrets.persons, f"mail/{mail_addresses.key(email)}".encode(), "sha256").hex()[:32]


def limits_passed(deps: Dependencies, source: str, recipient: str | None, now: datetime) -> tuple[str, ...]:
    """Returns the names of the limits that one more e-mail would exceed, and counts it for all. `source` is a network address, `recipient` a hash."""
    counted = [(OVERALL, "all"), (SOURCE, hashed_source(deps, source))] + (
        [(RECIPIENT, recipient)] if recipient else []
    )
    return tuple(limit.name for limit, who in counted if _is_passed(deps, limit, who, now))


def is_below_recipient_limit(deps: Dependencies, recipient: str, now: datetime) -> bool:
    """Whether one more e-mail may go to this address (a hash); counts it."""
    return not _is_passed(deps, RECIPIENT, recipient, now)


def _is_passed(deps: Dependencies, limit: Limit, who: str, now: datetime) -> bool:
    """`IMC_RATE_LIMIT` 0 switches these limits off together with the others."""
    return bool(deps.settings.rate_limit) and deps.store.count_attempt(limit, who, now) is not None


def hashed_source(deps: Dependencies, source: str) -> str:
    """Returns a keyed hash of a network address, by which it is counted."""
    return hmac.digest(deps.secrets.persons, f"source/{source}".encode(), "sha256").hex()[:32]


SECOND_CHECK = "second_check"
BY_SOURCE = Limit("source", hour=10, day=20, of=SECOND_CHECK)
"""From one network address, for one application."""
BY_LINK = Limit("link", hour=30, day=30, of=SECOND_CHECK)
"""With one issue of the link: holders of a newer one, or callers from elsewhere, are not locked out by it."""
IN_ALL = Limit("application", hour=50, day=50, of=SECOND_CHECK)
"""For one application, over all links and addresses: of some 30 000 possible birth dates."""
RIGHT, WRONG, TOO_MANY = "right", "wrong", "too_many"


def second_question(deps: Dependencies, application: Application) -> str | None:
    """Returns one of QUESTIONS in rules/second_check.py; None where nothing is known that could be asked."""
    return second_check.question(application_records.body_of(deps, application))


def check_answer(deps: Dependencies, opened: OpenedLink, typed: str, source: str, now: datetime) -> str:
    """Returns RIGHT, WRONG or TOO_MANY; with TOO_MANY no answer counts, not even a right one. `source` is a network address.

    An attempt that one limit refuses is not counted for the limits after it.
    """
    application = opened.application
    id_ = application["_id"]
    counted = ((BY_SOURCE, f"{id_}/{hashed_source(deps, source)}"), (BY_LINK, f"{id_}/{opened.number}"), (IN_ALL, id_))
    if any(deps.store.count_attempt(limit, who, now) is not None for limit, who in counted):
        return TOO_MANY
    return RIGHT if second_check.is_right(application_records.body_of(deps, application), typed) else WRONG
