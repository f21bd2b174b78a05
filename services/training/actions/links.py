"""Signed links of applications: made, read, asked for again by who lost theirs."""

import hmac
from datetime import datetime, timedelta
from typing import Any

from services.training.actions.draft import Draft
from services.training.actions.parts import Parts
from services.training.actions.stranger_mail import may_reach, withheld_by
from shared import mail_addresses, signed_links
from shared.events import training
from shared.ids import new_id
from shared.origin import Origin
from shared.records import StaleRecord

Document = dict[str, Any]
LINK_DAYS = 400
LINK_TIMER = "links"
LINK_WAIT = timedelta(minutes=5)


def token_for(parts: Parts, application: Document, now: datetime) -> str:
    """The signed link of an application; asking for a new one does not end the one before."""
    until = (now + timedelta(days=LINK_DAYS)).replace(microsecond=0)
    return signed_links.token_of(
        parts.secrets.links, signed_links.Link(application["_id"], application["link_id"], until)
    )


def link_of(parts: Parts, application: Document, now: datetime) -> str:
    """Its whole address."""
    return f"{parts.settings.public_url}/training/application/{token_for(parts, application, now)}"


def by_link(parts: Parts, token: str, now: datetime) -> Document:
    """The application a signed link stands for; raises NoSuchLink."""
    link = signed_links.read(parts.secrets.links, token, now)
    application = parts.store.applications.get(link.record_id)
    if application is None or application["link_id"] != link.part_id:
        raise signed_links.NoSuchLink()
    return application


def ask_link(parts: Parts, email: str, source: str, now: datetime) -> tuple[str, ...]:
    """Notes that this address wants its links again; takes as long whether there are any, which nobody is told.

    Nothing is noted where a limit is passed, which nobody is told either; its names, for the figures.
    """
    withheld = withheld_by(parts, source, None, now)
    if not withheld and (hashed := mail_hash(parts, email)):
        parts.store.ask_links(hashed, now)
    return withheld


def send_links(parts: Parts, now: datetime) -> None:
    """The links of every address that asked, each at most once in LINK_WAIT. Run by a timer."""
    for hashed in parts.store.links_asked():
        for application in parts.store.by_mail(hashed):
            asked = application.get("link_asked_at")
            if (asked is None or now - asked >= LINK_WAIT) and may_reach(parts, hashed, now):
                _send_link(parts, application, Origin(now, f"timer:{LINK_TIMER}", new_id()))
        parts.store.links_sent(hashed)


def _send_link(parts: Parts, application: Document, origin: Origin) -> None:
    draft = Draft(parts.store, application, origin, parts.settings.time_zone)
    draft.application["link_asked_at"] = origin.now
    draft.say(training.ApplicationLinkAsked)
    try:
        draft.save()
    except StaleRecord:
        return  # they are at it just now: they have their link


def mail_hash(parts: Parts, email: str | None) -> str | None:
    """A keyed hash of an address, the same for every way to write one mailbox."""
    if not email:
        return None
    return hmac.digest(parts.secrets.persons, f"mail/{mail_addresses.key(email)}".encode(), "sha256").hex()[:32]
