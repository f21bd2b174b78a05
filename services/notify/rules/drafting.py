"""From one cause to its notices: who gets one, over what, and what it says in raw fields. Words come when it is read or sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from services.notify.rules.audience import AGENCY, COORDINATOR, DESK, INTERPRETER, Told, text_key, told_of
from services.notify.rules.notices import DELIVERED, EMAIL, INBOX, QUEUED, SUPPRESSED, WEBHOOK, Notice
from services.notify.rules.webhooks import body, next_of, subscribed, webhook_type
from shared.events import Event
from shared.events.interpreting import Offer, OfferEvent
from shared.ids import derived_id

Document = dict[str, Any]

FIELDS = (
    "agency_reference",
    "channel",
    "department",
    "end",
    "expires_at",
    "interpreter_name",
    "kind",
    "language",
    "modality",
    "on_demand",
    "outcome",
    "place",
    "previous_end",
    "previous_start",
    "reason",
    "start",
    "status",
    "urgency",
    "wanted_by",
)
"""What of an event a notice keeps; texts may use these and `reference`, nothing else. No personal data of a patient."""

OPEN_ORGANIZATIONS = ("prospective", "active", "suspended")
ENDPOINT = "endpoint_"


@dataclass(frozen=True, slots=True)
class Cause:
    """An event as the reason for notices."""

    id: str
    type: str
    time: datetime
    sequence: int
    data: Any
    traceparent: str | None = None


@dataclass(frozen=True)
class Drafting:
    """What drafting needs to know beside the cause."""

    public_url: str
    mail: bool
    now: datetime


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
    """For the front desk, the coordinators and interpreters."""
    for told in told_of(cause.data):
        if told.audience in (DESK, COORDINATOR):
            role = "front_desk" if told.audience == DESK else "coordinator"
            yield _naming_asked(_inbox(cause, told, f"role:{role}", drafting), cause.data)
        elif told.audience == INTERPRETER:
            yield from _to_interpreters(cause, told, drafting)


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
    """Whoever is only asked knows language, time, place and setting: neither the case nor who took it.

    An open offer comes with the link that answers it, which stays sealed until the mail is written.
    """
    fields = {name: value for name, value in notice["fields"].items() if name != "interpreter_name"}
    if offer.sealed_link is None:
        return notice | {"reference": None, "before_acceptance": True, "fields": fields}
    fields["expires_at"] = offer.expires_at
    sealed = {"sealed_link": offer.sealed_link} if notice["channel"] == EMAIL else {}
    return notice | {"reference": None, "before_acceptance": True, "fields": fields} | sealed


def _naming_asked(notice: Notice, event: Event) -> Notice:
    """The staff reads who declined or did not answer."""
    if not isinstance(event, OfferEvent):
        return notice
    names = ", ".join(offer.interpreter_name or "" for offer in event.offers)
    return notice | {"fields": notice["fields"] | {"interpreter_name": names}}


def drafts_for_agency(cause: Cause, organization: Document | None, drafting: Drafting) -> Iterator[Notice]:
    """One webhook for each endpoint that asked for the type, one e-mail for each contact with an address."""
    if organization is None or organization.get("status") not in (None, *OPEN_ORGANIZATIONS):
        return
    yield from _webhooks(cause, organization, drafting)
    for told in told_of(cause.data):
        if told.audience == AGENCY:
            for contact in _with_address(organization):
                mail = _mail(cause, told, f"contact:{contact['email'].lower()}", drafting)
                yield mail | {"to": {name: contact.get(name) for name in ("name", "email", "language")}}


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


def _with_address(organization: Document) -> list[Document]:
    seen: dict[str, Document] = {}
    for contact in organization.get("contacts", ()):
        if contact.get("email"):
            seen.setdefault(contact["email"].lower(), contact)
    return list(seen.values())


def _has_case(event: Any) -> bool:
    """A booking's event does not know its case's status: its body is made when it is first sent."""
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
    """The body of a booking's webhook, with the case as our copy has it; without one, what the event carried."""
    known = {"id": notice["case_id"], "reference": notice["reference"], "agency_reference": notice["agency_reference"]}
    copied = {name: value for name, value in (case or {}).items() if value is not None}
    return body(notice["webhook_type"], notice["at"], known | copied | {"id": notice["case_id"]}, public_url)


def _notice(cause: Cause, recipient: str, channel: str, drafting: Drafting) -> Notice:
    """`at` is when its cause happened, `told_at` when we heard of it: late by an outage, an entry is new all the same."""
    event = cause.data
    return {
        "_id": derived_id(cause.id, recipient, channel),
        "event_id": cause.id,
        "event_type": cause.type,
        "case_id": event.case_id,
        "reference": event.reference,
        "organization_id": event.organization_id,
        "recipient": recipient,
        "channel": channel,
        "at": cause.time,
        "told_at": drafting.now,
        "version": 1,
        "said": 0,
    }


@cache
def _fields_of(struct: Any) -> tuple[str, ...]:
    return tuple(name for name in FIELDS if name in struct.__struct_fields__)


def _raw(event: Any) -> Document:
    found = {name: getattr(event, name) for name in _fields_of(event.__class__)}
    return {name: value for name, value in found.items() if value is not None}


def _inbox(cause: Cause, told: Told, recipient: str, drafting: Drafting) -> Notice:
    """An entry is its own delivery."""
    notice = _notice(cause, recipient, INBOX, drafting)
    return notice | {"status": DELIVERED, "text": text_key(told, cause.type), "fields": _raw(cause.data)}


def _outgoing(cause: Cause, recipient: str, channel: str, drafting: Drafting) -> Notice:
    return _notice(cause, recipient, channel, drafting) | {
        "status": QUEUED,
        "lane": recipient,
        "due_at": min(cause.time, drafting.now),
        "sequence": cause.sequence,
        "attempts": 0,
        "traceparent": cause.traceparent,
    }


def _mail(cause: Cause, told: Told, recipient: str, drafting: Drafting) -> Notice:
    notice = _outgoing(cause, recipient, EMAIL, drafting)
    notice |= {"text": text_key(told, cause.type), "fields": _raw(cause.data)}
    return notice if drafting.mail else notice | {"status": SUPPRESSED, "reason": "no_smtp", "due_at": None}
