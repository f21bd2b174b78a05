"""Drafts the notifications of one event: who gets one, over which channel, with which raw fields. The text is rendered when it is read or
sent."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import cast

from services.notify.rules.audience import (
    AGENCY,
    APPLICANT,
    DEPARTMENT_AUDIENCES,
    INTERPRETER,
    OWNER,
    PERSON,
    ROLES,
    STEPS,
    NotificationRule,
    departments_of,
    rules_for,
    text_key,
)
from services.notify.rules.causes import Cause
from services.notify.rules.copies import Case, Endpoint, Organization, endpoints
from services.notify.rules.notifications import (
    DELIVERED,
    EMAIL,
    INBOX,
    QUEUED,
    SUPPRESSED,
    WEBHOOK,
    Channel,
    Contact,
    Notification,
    TextFields,
    retry_deadline,
)
from services.notify.rules.suspension import CLOSED, suppression_reason, with_validity
from services.notify.rules.webhooks import WebhookCase, is_subscribed, next_step, webhook_body, webhook_type
from shared import mail_addresses
from shared.events import Event
from shared.events.intake import CaseEvent, ReferralReceived
from shared.events.interpreting import Offer, OfferEvent
from shared.events.partners import AgreementEvent
from shared.events.training import ApplicationEvent
from shared.ids import derived_id

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


@dataclass(frozen=True)
class DraftContext:
    """What drafting needs besides the cause; `mail` is whether there is a mail server."""

    public_url: str
    mail: bool
    now: datetime
    accounts_with: Callable[[str, Collection[str]], Iterable[str]] = lambda role, departments: ()
    """Returns the ids of accounts with a role and an address; where departments are given, only of those who work in one of them."""


def organization_of(event: Event) -> str | None:
    """Returns the organization that the event names."""
    id_: str | None = getattr(event, "organization_id", None)
    return id_


def concerns_agency(event: Event) -> bool:
    """Whether an organization has to be looked up for this event, since it may be notified."""
    return bool(organization_of(event)) and (
        webhook_type(event) is not None or any(rule.audience == AGENCY for rule in rules_for(event))
    )


def drafts_for_people(cause: Cause, context: DraftContext) -> Iterator[Notification]:
    """Drafts those for roles of the hospital, interpreters, owners of agreements and of accounts, and applicants."""
    for rule in rules_for(cause.data):
        if rule.audience in ROLES:
            yield from _to_role(cause, rule, context)
        elif rule.audience == APPLICANT:
            yield _email(cause, rule, f"applicant:{getattr(cause.data, 'application_id', None)}", context)
        elif rule.audience == OWNER:
            yield _email(cause, rule, f"account:{getattr(cause.data, rule.person)}", context)
        elif rule.audience == PERSON:
            for draft in (_inbox_entry, _email):
                yield draft(cause, rule, f"account:{getattr(cause.data, rule.person)}", context)
        elif rule.audience == INTERPRETER:
            yield from _to_interpreters(cause, rule, context)


def _to_role(cause: Cause, rule: NotificationRule, context: DraftContext) -> Iterator[Notification]:
    """Drafts for the role's inbox and, where mail is sent, for each account with the role; where persons are named for a step, for them
    only.

    A department's role is notified in the departments concerned: one entry for each of them.
    """
    role = ROLES[rule.audience]
    departments = departments_of(cause.data) if rule.audience in DEPARTMENT_AUDIENCES else ()
    named = getattr(cause.data, "reviewers", {}).get(STEPS.get(rule.audience), ())
    for recipient, department in _role_inboxes(role, departments, named):
        entry = _with_interpreters_asked(_inbox_entry(cause, rule, recipient, context), cause.data)
        yield entry | {"fields": entry["fields"] | {"department": department}} if department else entry
    if EMAIL in rule.channels:
        for id_ in named or context.accounts_with(role, departments):
            yield _email(cause, rule, f"account:{id_}", context)


def _role_inboxes(role: str, departments: Iterable[str], named: Collection[str]) -> list[tuple[str, str | None]]:
    """Returns the recipients of a role's entries, each with the department that it is for."""
    if named:
        return [(f"account:{id_}", None) for id_ in dict.fromkeys(named)]
    by_department: list[tuple[str, str | None]] = [(f"role:{role}@{code}", code) for code in dict.fromkeys(departments)]
    return by_department or [(f"role:{role}", None)]


def _to_interpreters(cause: Cause, rule: NotificationRule, context: DraftContext) -> Iterator[Notification]:
    found = getattr(cause.data, rule.person)
    for one in found if isinstance(found, tuple) else (found,):
        offer = one if isinstance(one, Offer) else None
        recipient = f"interpreter:{offer.interpreter_id if offer else one}"
        for channel in rule.channels:
            draft = _inbox_entry if channel == INBOX else _email
            notification = draft(cause, rule, recipient, context)
            yield _before_acceptance(notification, offer) if offer else notification


def _before_acceptance(notification: Notification, offer: Offer) -> Notification:
    """Reduces a notification to what an interpreter may know who has not accepted: language, time, place, setting; neither the case nor who
    took it.

    An open offer comes with the link that answers it, which stays encrypted until the mail is written.
    """
    fields = notification["fields"].copy()
    fields.pop("interpreter_name", None)
    reduced = notification | {"reference": None, "before_acceptance": True, "fields": fields}
    if offer.sealed_link is None:
        return reduced
    if offer.expires_at is not None:
        fields["expires_at"] = offer.expires_at
    return reduced | {"sealed_link": offer.sealed_link} if notification["channel"] == EMAIL else reduced


def _with_interpreters_asked(notification: Notification, event: Event) -> Notification:
    """Adds for staff the interpreters who declined or did not answer."""
    if not isinstance(event, OfferEvent):
        return notification
    names = ", ".join(offer.interpreter_name or "" for offer in event.offers)
    return notification | {"fields": notification["fields"] | {"interpreter_name": names}}


def drafts_for_agency(cause: Cause, organization: Organization | None, context: DraftContext) -> Iterator[Notification]:
    """Drafts one webhook for each endpoint that subscribed to the type, one e-mail for each contact with an address.

    Where there is neither, it drafts one that is suppressed: the case then shows that nobody was notified. An agency is not notified of
    what it sent itself. While an organization is suspended all are suppressed; for a closed one there are none.
    """
    reason = suppression_reason(organization)
    if organization is None or reason == CLOSED:
        return
    for draft in _to_agency(cause, organization, context):
        notification = with_validity(draft, cause.data)
        yield _suppressed(notification, reason) if reason else notification


def _suppressed(notification: Notification, reason: str) -> Notification:
    return notification | {"status": SUPPRESSED, "reason": reason, "due_at": None}


def _to_agency(cause: Cause, organization: Organization, context: DraftContext) -> Iterator[Notification]:
    webhooks, contacts = list(_webhooks(cause, organization, context)), _contacts_by_mailbox(organization)
    yield from webhooks
    for rule in rules_for(cause.data):
        if rule.audience == AGENCY:
            for address, contact in contacts.items():
                to: Contact = {
                    "name": contact.get("name"),
                    "email": contact.get("email"),
                    "language": contact.get("language"),
                }
                yield _email(cause, rule, f"contact:{address}", context) | {"to": to}
            if not webhooks and not contacts and not isinstance(cause.data, ReferralReceived):
                nobody = _email(cause, rule, f"organization:{organization['_id']}", context)
                yield _suppressed(nobody, "no_address")


def _webhooks(cause: Cause, organization: Organization, context: DraftContext) -> Iterator[Notification]:
    type_ = webhook_type(cause.data)
    wanted = [id_ for id_, endpoint in endpoints(organization).items() if type_ and _wants(endpoint, type_)]
    if not wanted or not type_:
        return
    event, body = cause.data, None
    if isinstance(
        event, CaseEvent
    ):  # a booking's event does not know its case's status: its body is built when it is first sent
        body = webhook_body(type_, cause.time, _case_of(event), context.public_url)
    agency_reference: str | None = getattr(event, "agency_reference", None)
    for endpoint_id in wanted:
        notification = _outgoing(cause, f"endpoint:{endpoint_id}", WEBHOOK, context)
        yield notification | {"webhook_type": type_, "body": body, "agency_reference": agency_reference}


def _wants(endpoint: Endpoint, type_: str) -> bool:
    return endpoint["status"] == "active" and is_subscribed(endpoint["events"], type_)


def _contacts_by_mailbox(organization: Organization) -> dict[str, Contact]:
    """Returns the contacts with an address, by mailbox: two spellings of an address are one mailbox."""
    by_mailbox: dict[str, Contact] = {}
    for contact in organization.get("contacts", ()):
        if email := contact.get("email"):
            by_mailbox.setdefault(mail_addresses.key(email), contact)
    return by_mailbox


def _case_of(event: CaseEvent) -> WebhookCase:
    return {
        "id": event.case_id,
        "reference": event.reference,
        "agency_reference": event.agency_reference,
        "status": event.status,
        "next": next_step(event.next),
    }


def late_body(notification: Notification, case: Case | None, public_url: str) -> str:
    """Returns the body of a booking's webhook, with the case as our read copy has it; without a copy, with what the event carried."""
    known: WebhookCase = {
        "id": notification["case_id"],
        "reference": notification["reference"],
        "agency_reference": notification["agency_reference"],
    }
    if case is not None:
        known |= {
            "reference": case["reference"] or known["reference"],
            "agency_reference": case["agency_reference"] or known["agency_reference"],
            "status": case["status"],
            "next": case["next"],
        }
    return webhook_body(notification["webhook_type"], notification["at"], known, public_url)


def _new_notification(cause: Cause, recipient: str, channel: Channel, context: DraftContext) -> Notification:
    """Returns a notification without what its channel adds. An entry that an outage delayed is new all the same, by its `created_at`."""
    event = cause.data
    notification: Notification = {
        "_id": derived_id(cause.id, recipient, channel),
        "event_id": cause.id,
        "event_type": cause.type,
        "case_id": None,
        "organization_id": None,
        "reference": getattr(event, "reference", None),
        "recipient": recipient,
        "channel": channel,
        "at": cause.time,
        "created_at": context.now,
        "version": 1,
        "last_sequence": 0,
        "status": QUEUED,
    }
    if isinstance(event, AgreementEvent):
        notification["agreement_id"] = event.agreement_id
    elif isinstance(event, ApplicationEvent):
        notification["application_id"] = event.application_id
    else:
        notification["case_id"] = getattr(event, "case_id", None)
        notification["organization_id"] = organization_of(event)
    if id_ := visit_or_booking_of(event):
        notification["visit_or_booking_id"] = id_
    return notification


def visit_or_booking_of(event: Event) -> str | None:
    """Returns which booking or visit the event is about, where it is about one: later events about that may end the notification."""
    id_: str | None = getattr(event, "booking_id", None) or getattr(event, "visit_id", None)
    return id_


@cache
def _fields_of(struct: type[Event]) -> tuple[str, ...]:
    return tuple(name for name in FIELDS if name in struct.__struct_fields__)


def _text_fields(event: Event) -> TextFields:
    """Returns the raw fields of the event that texts may use."""
    found = {name: getattr(event, name) for name in _fields_of(event.__class__)}
    if isinstance(event, ApplicationEvent):
        found |= _of_application(event)
    return cast(TextFields, {name: value for name, value in found.items() if value is not None})


def _of_application(event: ApplicationEvent) -> dict[str, object]:
    """Returns how many documents are named, never which; until when an answer is due, where one is."""
    awaited = event.next.by if event.next.what in ("confirm", "reconfirm") else None
    documents = getattr(event, "papers", None)
    return {
        "answer_by": getattr(event, "answer_by", None) or awaited,
        "count": len(documents) if documents else None,
        "language": None,  # the applicant's own is asked for with the address
    }


def _inbox_entry(cause: Cause, rule: NotificationRule, recipient: str, context: DraftContext) -> Notification:
    """Drafts an inbox entry: creating it is its delivery."""
    entry = _new_notification(cause, recipient, INBOX, context)
    return entry | {"status": DELIVERED, "text": text_key(rule, cause.type), "fields": _text_fields(cause.data)}


def _outgoing(cause: Cause, recipient: str, channel: Channel, context: DraftContext) -> Notification:
    case_id = getattr(cause.data, "case_id", None)
    return _new_notification(cause, recipient, channel, context) | {
        "recipient_queue": recipient,
        "ordering_key": f"{recipient}/{case_id}" if channel == WEBHOOK else recipient,
        "due_at": min(cause.time, context.now),
        "sequence": cause.sequence,
        "attempts": 0,
        "traceparent": cause.traceparent,
        "retry_until": retry_deadline(channel, context.now),
    }


def _email(cause: Cause, rule: NotificationRule, recipient: str, context: DraftContext) -> Notification:
    draft = _outgoing(cause, recipient, EMAIL, context)
    email = draft | {"text": text_key(rule, cause.type), "fields": _text_fields(cause.data)}
    return email if context.mail else _suppressed(email, "no_smtp")
