"""Signed links of applications: issued, opened, ended, asked for again by who lost theirs.

The newest that was sent counts. A browser that opened one while it counted goes on with it for the working day: it shows a token of
ours, of which nothing is kept here. Not here: the second thing known (second_check.py).
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.training.actions.draft import draft_of
from services.training.actions.parts import Parts
from services.training.actions.stranger_mail import may_reach, withheld_by
from services.training.rules import links as rules
from services.training.store.links import SENT, was_sent
from shared import mail_addresses, signed_links
from shared.events import training
from shared.ids import new_id
from shared.origin import Origin
from shared.records import StaleRecord
from shared.signed_links import NoSuchLink

Document = dict[str, Any]
Cookies = Mapping[str, str]
LINK_TIMER = "links"
LINK_WAIT = timedelta(minutes=5)
SAVE_TRIES = 5
OPENED, KNOWN = "imc_opened_", "imc_known_"
"""What a browser shows of an application: that it opened its link, that its person was asked. One cookie each."""


class OlderLink(NoSuchLink):
    """Another link was sent since, or asked for."""

    status, slug, title = 410, "older-link", "A newer link was sent"


@dataclass(frozen=True)
class Opened:
    """An application behind its link; `newest`: by one that counts, so that its browser may go on with it."""

    application: Document
    newest: bool


def token_for(parts: Parts, application: Document, now: datetime, number: int | None = None) -> str:
    """The signed link of an application: of this issue, else of the newest, for the browser where it was begun."""
    if number is None:
        number = parts.store.links.newest(application["_id"]).number
    until = (now + rules.LASTS).replace(microsecond=0)
    link = signed_links.Link(application["_id"], application["link_id"], until, number)
    return signed_links.token_of(parts.secrets.links, link)


def issue(parts: Parts, application: Document, now: datetime) -> tuple[str, int]:
    """A new link for a mail: its whole address and its number. Those before it count until the mail was sent."""
    number = parts.store.links.issue(application["_id"])
    token = token_for(parts, application, now, number)
    return f"{parts.settings.public_url}/training/application/{token}", number


def note_sent(parts: Parts, application_id: str, number: int, at: datetime) -> None:
    """A mail with this issue was taken: those before it are older."""
    assert parts.unit is not None
    parts.unit.write(SENT, was_sent(application_id, number, at))


def open_link(parts: Parts, token: str, now: datetime, cookies: Cookies) -> Opened:
    """The application a signed link stands for; raises OlderLink, and NoSuchLink for every other that opens nothing.

    A link without a number was sent before they were counted: any that is counted is newer.
    """
    link = signed_links.read(parts.secrets.links, token, now - rules.WORKING_DAY)
    application = parts.store.applications.get(link.record_id)
    if application is None or application["link_id"] != link.part_id:
        raise NoSuchLink()
    newest = parts.store.links.newest(link.record_id)
    counts, over = (link.number or 0) >= newest.number, link.until <= now
    if counts and not over and not rules.is_past(application, newest.sent_at, now):
        return Opened(application, newest=True)
    if is_shown(parts, application, OPENED, cookies, now):
        return Opened(application, newest=False)
    raise NoSuchLink() if counts or over else OlderLink()


def cookie(parts: Parts, application: Document, kind: str, now: datetime) -> tuple[str, str]:
    """Name and value of what a browser is to show later, as OPENED or KNOWN; worth nothing without the link."""
    link = signed_links.Link(application["_id"], application["link_id"], now + rules.WORKING_DAY)
    return _name(application, kind), signed_links.token_of(parts.secrets.browsers(kind), link)


def is_shown(parts: Parts, application: Document, kind: str, cookies: Cookies, now: datetime) -> bool:
    """Whether the browser shows it for this application, of today, from before no end of all links."""
    try:
        link = signed_links.read(parts.secrets.browsers(kind), cookies.get(_name(application, kind), ""), now)
    except NoSuchLink:
        return False
    return (link.record_id, link.part_id) == (application["_id"], application["link_id"])


def _name(application: Document, kind: str) -> str:
    return kind + str(application["_id"])[-12:]


def ask_link(parts: Parts, email: str, source: str, now: datetime) -> tuple[str, ...]:
    """Notes that this address wants its links again; takes as long whether there are any, which nobody is told.

    Nothing is noted where a limit is passed, which nobody is told either; its names, for the figures.
    """
    withheld = withheld_by(parts, source, None, now)
    if not withheld and (hashed := mail_hash(parts, email)):
        parts.store.links.ask(hashed, now)
    return withheld


def send_links(parts: Parts, now: datetime) -> None:
    """The links of every address that asked, each at most once in LINK_WAIT. Run by a timer."""
    for hashed in parts.store.links.asked():
        for application in parts.store.by_mail(hashed):
            asked = application.get("link_asked_at")
            if (asked is None or now - asked >= LINK_WAIT) and may_reach(parts, hashed, now):
                _send_asked(parts, application, Origin(now, f"timer:{LINK_TIMER}", new_id()))
        parts.store.links.answered(hashed)


def _send_asked(parts: Parts, application: Document, origin: Origin) -> None:
    for _ in range(SAVE_TRIES):
        try:
            send_link(parts, application["_id"], origin)
            return
        except StaleRecord:
            continue  # somebody is at it just now


def send_link(parts: Parts, application_id: str, origin: Origin) -> Document:
    """Sends a new link; those before it end at once, and first: what is issued for the mail comes after."""
    draft = draft_of(parts.store, application_id, origin, parts.settings.time_zone)
    parts.store.links.end_issued(application_id)
    draft.application["link_asked_at"] = draft.origin.now
    draft.say(training.ApplicationLinkAsked)
    return draft.save()


def end_links(parts: Parts, application_id: str, origin: Origin) -> Document:
    """Ends every link ever sent, at once, in browsers that have one open as well; a new one may be sent."""
    draft = draft_of(parts.store, application_id, origin, parts.settings.time_zone)
    draft.application["link_id"] = new_id()
    draft.say(training.ApplicationLinksEnded)
    return draft.save()


def mail_hash(parts: Parts, email: str | None) -> str | None:
    """A keyed hash of an address, the same for every way to write one mailbox."""
    if not email:
        return None
    return hmac.digest(parts.secrets.persons, f"mail/{mail_addresses.key(email)}".encode(), "sha256").hex()[:32]
