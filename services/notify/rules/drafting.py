"""Drafts the notifications of one event: who gets one, over which channel, with which raw fields. They are put into words when read or
sent."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from services.notify.rules.audience import (
    AGENCY,
    APPLICANT,
    INTERPRETER,
    OF_A_DEPARTMENT,
    OWNER,
    PERSON,
    ROLES,
    STEPS,
    Told,
    departments_of,
    text_key,
    told_of,
)
from services.notify.rules.notices import DELIVERED, EMAIL, INBOX, QUEUED, SUPPRESSED, WEBHOOK, Notice, given_up
from services.notify.rules.silence import CLOSED, silent, truth
from services.notify.rules.webhooks import body, next_of, subscribed, webhook_type
from shared import mail_addresses
from shared.events import Event
from shared.events.intake import ReferralReceived
from shared.events.interpreting import Offer, OfferEvent
from shared.events.partners import AgreementEvent
from shared.events.training import ApplicationEvent
from shared.ids import derived_id

Document = dict[str, Any]

FIELDS = (
    "agency_reference",
    "answer_by",
    "channel",
    "conditional",
    "days_left",
    "department",
    "end",
    "ends",
    "expires_at",
    "first_day",
    "interpreter_name",
    "kind",
    "language",
    "last_day",
    "mark",
    "modality",
    "notice_given_on",
    "notice_on",
    "on_demand",
    "outcome",
    "password_known",
    "place",
    "previous_end",
    "previous_first_day",
    "previous_last_day",
    "previous_start",
    "reason",
    "renews_months",
    "start",
    "status",
    "terminates_on",
    "title",
    "urgency",
    "wanted_by",
    "what",
)
"""Fields of an event that a notification stores; texts may use these and `reference`, nothing else. No personal data of a patient or
applicant."""

ENDPOINT = "endpoint_"


@dataclass(frozen=True, slots=True)
class Cause:
    """An event as the cause of notifications."""

    id: str
    type: str
    time: datetime
    sequence: int
    data: Any
    traceparent: str | None = None


@dataclass(frozen=True)
class Drafting:
    """What drafting needs besides the cause."""

    public_url: str
    mail: bool
    now: datetime
    accounts_with: Callable[[str, Collection[str]], Iterable[str]] = lambda role, departments: ()
    """Returns the ids of accounts with a role and an address; where departments are given, only of those who work in one of them."""


def endpoints(organization: Mapping[str, Any] | None) -> dict[str, Document]:
    """The webhook endpoints in an organization's copy, by id."""
    fields = (organization or {}).items()
    return {name.removeprefix(ENDPOINT): value for name, value in fields if name.startswith(ENDPOINT)}


def told_elsewhere(event: Event) -> bool:
    """Whether an organization has to be looked up for this cause."""
    organization = getattr(event, "organization_id", None)
    return bool(organization) and (
        webhook_type(event) is not None or any(told.audience == AGENCY for told in told_of(event))
    )


def drafts_here(cause: Cause, drafting: Drafting) -> Iterator[Notice]:
    """Drafts those for roles of the hospital, interpreters, owners of agreements and applicants."""
    for told in told_of(cause.data):
        if told.audience in ROLES:
            yield from _to_role(cause, told, drafting)
        elif told.audience == APPLICANT:
            yield _mail(cause, told, f"applicant:{cause.data.application_id}", drafting)
        elif told.audience == OWNER:
            yield _mail(cause, told, f"account:{getattr(cause.data, told.person)}", drafting)
        elif told.audience == PERSON:
            for draft in (_inbox, _mail):
                yield draft(cause, told, f"account:{getattr(cause.data, told.person)}", drafting)
        elif told.audience == INTERPRETER:
            yield from _to_interpreters(cause, told, drafting)


def _to_role(cause: Cause, told: Told, drafting: Drafting) -> Iterator[Notice]:
    """Drafts for the role's inbox and, where mail is sent, for each account with the role; where persons are named for a step, for them
    only.

    A department's role is notified in the departments concerned: one entry for each of them.
    """
    role = ROLES[told.audience]
    departments = departments_of(cause.data) if told.audience in OF_A_DEPARTMENT else ()
    named = getattr(cause.data, "reviewers", {}).get(STEPS.get(told.audience), ())
    readers: dict[str, Document] = {f"account:{id_}": {} for id_ in named}
    readers = readers or {f"role:{role}@{code}": {"department": code} for code in departments} or {f"role:{role}": {}}
    for reader, here in readers.items():
        notice = _naming_asked(_inbox(cause, told, reader, drafting), cause.data)
        yield notice | {"fields": notice["fields"] | here}
    if EMAIL in told.channels:
        for id_ in named or drafting.accounts_with(role, departments):
            yield _mail(cause, told, f"account:{id_}", drafting)


def _to_interpreters(cause: Cause, told: Told, drafting: Drafting) -> Iterator[Notice]:
    found = getattr(cause.data, told.person)
    for one in found if isinstance(found, tuple) else (found,):
        offer = one if isinstance(one, Offer) else None
        person = f"interpreter:{offer.interpreter_id if offer else one}"
        for channel in told.channels:
            draft = _inbox if channel == INBOX else _mail
            notice = draft(cause, told, person, drafting)
            yield _before_acceptance(notice, offer) if offer else notice


def _before_acceptance(notice: Notice, offer: Offer) -> Notice:
    """Reduces a notification to what an interpreter may know who has not accepted: language, time, place, setting; neither the case nor who
    took it.

    An open offer comes with the link that answers it, which stays encrypted until the mail is written.
    """
    fields = {name: value for name, value in notice["fields"].items() if name != "interpreter_name"}
    if offer.sealed_link is None:
        return notice | {"reference": None, "before_acceptance": True, "fields": fields}
    fields["expires_at"] = offer.expires_at
    sealed = {"sealed_link": offer.sealed_link} if notice["channel"] == EMAIL else {}
    return notice | {"reference": None, "before_acceptance": True, "fields": fields} | sealed


def _naming_asked(notice: Notice, event: Event) -> Notice:
    """Adds for staff the interpreters who declined or did not answer."""
    if not isinstance(event, OfferEvent):
        return notice
    names = ", ".join(offer.interpreter_name or "" for offer in event.offers)
    return notice | {"fields": notice["fields"] | {"interpreter_name": names}}


def drafts_for_agency(cause: Cause, organization: Document | None, drafting: Drafting) -> Iterator[Notice]:
    """Drafts one webhook for each endpoint that subscribed to the type, one e-mail for each contact with an address.

    Where there is neither, it drafts one that is suppressed: the case then shows that nobody was notified. An agency is not notified of
    what it sent itself. While an organization is suspended all are suppressed; for a closed one there are none.
    """
    reason = silent(organization)
    if organization is None or reason == CLOSED:
        return
    quiet = {"status": SUPPRESSED, "reason": reason, "due_at": None} if reason else {}
    for notice in _to_agency(cause, organization, drafting):
        yield notice | truth(cause.data) | quiet


def _to_agency(cause: Cause, organization: Document, drafting: Drafting) -> Iterator[Notice]:
    webhooks, contacts = list(_webhooks(cause, organization, drafting)), _with_address(organization)
    yield from webhooks
    for told in told_of(cause.data):
        if told.audience == AGENCY:
            for address, contact in contacts.items():
                mail = _mail(cause, told, f"contact:{address}", drafting)
                yield mail | {"to": {name: contact.get(name) for name in ("name", "email", "language")}}
            if not webhooks and not contacts and not isinstance(cause.data, ReferralReceived):
                nobody = _mail(cause, told, f"organization:{organization['_id']}", drafting)
                yield nobody | {"status": SUPPRESSED, "reason": "no_address", "due_at": None}


def _webhooks(cause: Cause, organization: Document, drafting: Drafting) -> Iterator[Notice]:
    type_ = webhook_type(cause.data)
    wanted = [id_ for id_, endpoint in endpoints(organization).items() if type_ and _wants(endpoint, type_)]
    if not wanted or not type_:
        return
    whole = body(type_, cause.time, _case_of(cause.data), drafting.public_url) if _has_case(cause.data) else None
    for endpoint_id in wanted:
        notice = _outgoing(cause, f"endpoint:{endpoint_id}", WEBHOOK, drafting)
        yield notice | {"webhook_type": type_, "body": whole, "agency_reference": cause.data.agency_reference}


def _wants(endpoint: Document, type_: str) -> bool:
    return endpoint["status"] == "active" and subscribed(endpoint["events"], type_)


def _with_address(organization: Document) -> dict[str, Document]:
    """Returns contacts by mailbox: two spellings of an address are one mailbox."""
    seen: dict[str, Document] = {}
    for contact in organization.get("contacts", ()):
        if contact.get("email"):
            seen.setdefault(mail_addresses.key(contact["email"]), contact)
    return seen


def _has_case(event: Any) -> bool:
    """Whether the event carries its case. A booking's event does not know its case's status: its body is built when it is first sent."""
    return hasattr(event, "next")


def _case_of(event: Any) -> Document:
    return {
        "id": event.case_id,
        "reference": event.reference,
        "agency_reference": event.agency_reference,
        "status": event.status,
        "next": next_of(event.next),
    }


def late_body(notice: Notice, case: Document | None, public_url: str) -> str:
    """Returns the body of a booking's webhook, with the case as our read copy has it; without a copy, with what the event carried."""
    known = {"id": notice["case_id"], "reference": notice["reference"], "agency_reference": notice["agency_reference"]}
    copied = {name: value for name, value in (case or {}).items() if value is not None}
    return body(notice["webhook_type"], notice["at"], known | copied | {"id": notice["case_id"]}, public_url)


def _notice(cause: Cause, recipient: str, channel: str, drafting: Drafting) -> Notice:
    """Returns a new notification. `at` is when its event happened, `told_at` when we consumed it: an entry delayed by an outage is new all
    the same."""
    event = cause.data
    return {
        "_id": derived_id(cause.id, recipient, channel),
        "event_id": cause.id,
        "event_type": cause.type,
        **_about(event),
        **_part_of(event),
        "recipient": recipient,
        "channel": channel,
        "at": cause.time,
        "told_at": drafting.now,
        "version": 1,
        "last_sequence": 0,
    }


def _about(event: Any) -> Document:
    if isinstance(event, AgreementEvent):
        none = {"case_id": None, "organization_id": None}
        return none | {"agreement_id": event.agreement_id, "reference": event.reference}
    if isinstance(event, ApplicationEvent):
        none = {"case_id": None, "organization_id": None}
        return none | {"application_id": event.application_id, "reference": event.reference}
    return {name: getattr(event, name, None) for name in ("case_id", "reference", "organization_id")}


def part_of(event: Any) -> str | None:
    """Returns which booking or visit the event is about, where it is about one: later events about that may end the notification."""
    return getattr(event, "booking_id", None) or getattr(event, "visit_id", None)


def _part_of(event: Any) -> Document:
    part = part_of(event)
    return {"part_id": part} if part else {}


@cache
def _fields_of(struct: Any) -> tuple[str, ...]:
    return tuple(name for name in FIELDS if name in struct.__struct_fields__)


def _raw(event: Any) -> Document:
    found = {name: getattr(event, name) for name in _fields_of(event.__class__)}
    if isinstance(event, ApplicationEvent):
        found |= _of_application(event)
    return {name: value for name, value in found.items() if value is not None}


def _of_application(event: Any) -> Document:
    """Returns how many documents are named, never which; until when an answer is due, where one is."""
    awaited = event.next.by if event.next.what in ("confirm", "reconfirm") else None
    papers = getattr(event, "papers", None)
    return {
        "answer_by": getattr(event, "answer_by", None) or awaited,
        "count": len(papers) if papers else None,
        "language": None,  # the applicant's own is asked for with the address
    }


def _inbox(cause: Cause, told: Told, recipient: str, drafting: Drafting) -> Notice:
    """Drafts an inbox entry: creating it is its delivery."""
    notice = _notice(cause, recipient, INBOX, drafting)
    return notice | {"status": DELIVERED, "text": text_key(told, cause.type), "fields": _raw(cause.data)}


def _outgoing(cause: Cause, recipient: str, channel: str, drafting: Drafting) -> Notice:
    return _notice(cause, recipient, channel, drafting) | {
        "status": QUEUED,
        "lane": recipient,
        "order": f"{recipient}/{cause.data.case_id}" if channel == WEBHOOK else recipient,
        "due_at": min(cause.time, drafting.now),
        "sequence": cause.sequence,
        "attempts": 0,
        "traceparent": cause.traceparent,
        **given_up(channel, drafting.now),
    }


def _mail(cause: Cause, told: Told, recipient: str, drafting: Drafting) -> Notice:
    notice = _outgoing(cause, recipient, EMAIL, drafting)
    notice |= {"text": text_key(told, cause.type), "fields": _raw(cause.data)}
    return notice if drafting.mail else notice | {"status": SUPPRESSED, "reason": "no_smtp", "due_at": None}
