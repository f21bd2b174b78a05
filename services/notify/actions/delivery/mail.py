"""One attempt of one e-mail, with a Message-ID made from the notification's id: the same in every attempt.

Whether it is still true and wanted is decided here, just before it is sent. An applicant's address and link are asked from training for
this attempt (contact.py) and not stored. Not here: SMTP (smtp.py).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notify.actions.delivery.contact import ApplicantContact, contact_of
from services.notify.actions.delivery.smtp import transmit
from services.notify.actions.preferences import preferences_of
from services.notify.dependencies import Dependencies
from services.notify.rules.audience import is_urgent, is_valid_in, kind_of, link_of, page_of, superseding_texts
from services.notify.rules.event_data import AGENCY_RECIPIENTS
from services.notify.rules.mail_headers import mailbox_header, text_header
from services.notify.rules.notifications import (
    DEAD,
    EMAIL,
    SCHEDULED,
    SUPPRESSED,
    Notification,
    Outcome,
    failure,
)
from services.notify.rules.preferences import is_wanted, quiet_until
from services.notify.rules.suspension import suppression_reason
from services.notify.rules.texts import RenderedText, department_codes
from services.notify.settings import MailServer
from shared import mail_addresses
from shared.clock import parse_rfc3339
from shared.hpke import OpenError
from shared.ids import derived_id
from shared.mail_limits import AGENCY

SENDER = "International Medical Center"
NO_ADDRESS = Outcome(SUPPRESSED, "no_address")


@dataclass(frozen=True)
class Addressee:
    """Who an e-mail is for. `applicant` has the link and the state of an applicant's application."""

    name: str
    email: str
    language: str | None
    account_id: str | None = None
    applicant: ApplicantContact | None = None


def send_mail(deps: Dependencies, notification: Notification) -> Outcome:
    """Sends it and returns the outcome: suppressed where there is no server or no address, or it is no longer true or not wanted."""
    server = deps.delivery_config.mail_server
    if server is None:
        return Outcome(SUPPRESSED, "no_smtp")
    addressee = _addressee(deps, notification)
    if isinstance(addressee, Outcome):
        return addressee
    if reason_not_to := _reason_not_to_send(deps, notification, addressee):
        return reason_not_to
    departments = deps.store.department_names(department_codes([notification]))
    try:
        link = _link(deps, notification, addressee)
    except OpenError:
        return failure("secret_unreadable")
    fields = notification["fields"] | {"reference": notification["reference"], "link": link}
    text = deps.texts.render_email(notification["text"], addressee.language, fields, departments)
    try:
        to = mail_addresses.wire(addressee.email)
    except mail_addresses.NotAnAddress:
        return Outcome(DEAD, "bad_address")
    outcome = transmit(server, to, compose(server, notification, addressee.name, to, text))
    applicant = addressee.applicant
    is_linked = applicant is not None and applicant.link and applicant.link in text.text
    return replace(outcome, link_number=applicant.link_number if applicant and is_linked else None)


def _addressee(deps: Dependencies, notification: Notification) -> Addressee | Outcome:
    """Returns who it is for, with their current address.

    Anybody may begin an application with another person's address: nothing they typed is in the mail, not even their name.
    """
    kind, _, id_ = notification["recipient"].partition(":")
    if kind == "applicant":
        contact = contact_of(deps, id_)
        if isinstance(contact, Outcome):
            return contact
        return Addressee("", str(contact.email), contact.language, applicant=contact)
    if kind in AGENCY_RECIPIENTS:
        if reason := suppression_reason(deps.store.organization(str(notification["organization_id"]))):
            return Outcome(SUPPRESSED, reason)
        if kind != "contact":
            return NO_ADDRESS
        to = notification["to"]
        return Addressee(to["name"] or "", str(to["email"]), to["language"])
    return _of_account(deps, id_) if kind == "account" else _of_interpreter(deps, id_)


def _of_interpreter(deps: Dependencies, interpreter_id: str) -> Addressee | Outcome:
    """Returns an interpreter at their work address, with the language of their account."""
    interpreter = deps.store.interpreter(interpreter_id)
    if interpreter is None:
        return failure("recipient_not_known_yet")
    if not interpreter["email"] or not interpreter["active"]:
        return NO_ADDRESS
    account_id = interpreter["account_id"]
    account = deps.store.account(account_id) if account_id else None
    language = (account["language"] if account else None) or "ja"
    return Addressee(interpreter["name"], interpreter["email"], language, account_id)


def _of_account(deps: Dependencies, account_id: str) -> Addressee | Outcome:
    """Returns a person of the hospital, at the address of their account."""
    account = deps.store.account(account_id)
    if account is None:
        return failure("recipient_not_known_yet")
    if not account.get("email") or not account["enabled"]:
        return NO_ADDRESS
    return Addressee(account["name"], str(account["email"]), account["language"], account_id)


def _reason_not_to_send(deps: Dependencies, notification: Notification, addressee: Addressee) -> Outcome | None:
    """Returns the outcome where it is not sent, or not now: it is no longer true, not wanted, too late, or one mail too many."""
    if _is_superseded(deps, notification, addressee):
        return Outcome(SUPPRESSED, "cause_gone")
    if unwanted := _unwanted(deps, notification, addressee.account_id):
        return unwanted
    expires_at = notification["fields"].get("expires_at")
    if expires_at and parse_rfc3339(expires_at) <= deps.clock():  # it asks for an answer that would come too late
        return Outcome(SUPPRESSED, "offer_over")
    if until := _limited_until(deps, notification):
        return Outcome(SCHEDULED, "mail_limit", until=until)
    return None


def _unwanted(deps: Dependencies, notification: Notification, account_id: str | None) -> Outcome | None:
    """Returns the outcome for what a person has switched off, or wants at another hour; their preferences at this time count."""
    if account_id is None or is_urgent(notification["text"]):
        return None
    preferences = preferences_of(deps, account_id)
    if not is_wanted(preferences, kind_of(notification["text"]), EMAIL):
        return Outcome(SUPPRESSED, "preference")
    until = quiet_until(preferences, notification, deps.clock(), deps.settings.time_zone)
    return Outcome(SCHEDULED, "quiet_hours", until=until) if until else None


def _limited_until(deps: Dependencies, notification: Notification) -> datetime | None:
    """Returns until when an agency's contact gets no more: an agency causes its own mail, as fast as it calls. None of it is lost."""
    if not notification["recipient"].startswith("contact:") or not deps.settings.rate_limit:
        return None
    recipient = derived_id(str(notification["organization_id"]), notification["recipient"])
    return deps.store.count_mail(AGENCY, recipient, deps.clock())


def _is_superseded(deps: Dependencies, notification: Notification, addressee: Addressee) -> bool:
    """Whether it is no longer true: an application is in another state, a visit was cancelled, an offer was withdrawn."""
    if addressee.applicant:
        return not is_valid_in(notification["text"], addressee.applicant.status)
    texts = superseding_texts(notification["text"])
    return bool(texts) and "visit_or_booking_id" in notification and deps.store.has_later(notification, texts)


def _link(deps: Dependencies, notification: Notification, addressee: Addressee) -> str | None:
    """Returns where the addressee continues, if there is a page that they can open: an agency has none.

    An offer's and an applicant's link is signed, and in clear here and in the mail alone; raises OpenError.
    """
    if addressee.applicant and addressee.applicant.link:
        return link_of(notification["text"], addressee.applicant.link)
    if page := page_of(notification["text"], notification.get("application_id")):
        return deps.settings.public_url + page
    if sealed := notification.get("sealed_link"):
        return deps.settings.public_url + deps.delivery_config.decrypt(sealed)
    return None


def compose(
    server: MailServer, notification: Notification, name: str, to: mail_addresses.Wire, text: RenderedText
) -> EmailMessage:
    """Returns the message to one address under this name. Nothing in a name or title can add a header or a recipient."""
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{notification['_id']}@{server.domain}>"
    message["Date"] = format_datetime(notification["at"])
    message["From"] = mailbox_header("From", SENDER, server.sender)
    message["To"] = mailbox_header("To", name, to.spec)
    message["Subject"] = text_header("Subject", text.title)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
    message.set_content(text.text)
    return message
