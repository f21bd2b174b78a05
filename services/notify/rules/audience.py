"""The rules of who is notified of which event, over which channel: roles, interpreters, agencies, owners of agreements, applicants.

Not here: the texts (templates/), and the agencies' webhooks (webhooks.py), which every subscribed endpoint gets.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.notify.rules.notifications import EMAIL, INBOX, Channel
from shared.events import Event, accounts, intake, training
from shared.events import interpreting as booking
from shared.events import partners as agreement

DESK, COORDINATOR, INTERPRETER, AGENCY = "desk", "coordinator", "interpreter", "agency"
PARTNERS, TRAINING, OWNER = "partners", "training", "owner"
APPLICANT, REVIEWER, CHIEF, PERSON = "applicant", "reviewer", "chief", "person"
ROLES = {
    DESK: "front_desk",
    COORDINATOR: "coordinator",
    PARTNERS: "partners",
    TRAINING: "training",
    REVIEWER: "reviewer",
    CHIEF: "chief",
}
STEPS = {REVIEWER: "department", CHIEF: "chief"}
"""The step of a review that an audience answers for."""
DEPARTMENT_AUDIENCES = (REVIEWER,)
"""Audiences that are notified of work of their own departments only."""
OFFERS, CHANGES, REMINDERS, REPORTS = KINDS = ("offers", "changes", "reminders", "reports")
Condition = Callable[[Any], bool]


def _always(event: Event) -> bool:
    return True


def _sent_by_agency(event: intake.DocumentAttached | intake.MessagePosted) -> bool:
    return event.sent_by == "agency"


def _sent_by_hospital(event: intake.DocumentAttached | intake.MessagePosted) -> bool:
    return event.sent_by != "agency"


def _visible_to_agency(event: intake.DocumentAttached) -> bool:
    return _sent_by_hospital(event) and "agency" in event.visible_to


def _is_no_walk_in(event: intake.CaseRegistered) -> bool:
    return event.channel != "walk_in"


def _has_interpreter(event: booking.BookingEvent) -> bool:
    return event.interpreter_id is not None


def _covers_training(event: agreement.AgreementEvent) -> bool:
    return "training" in event.scopes


def _has_outcome(outcome: str) -> Condition:
    return lambda event: event.outcome == outcome


def _is_announced_at_once(event: training.ApplicationAccepted | training.ApplicationRejected) -> bool:
    """Whether it was announced at once; a decision under review waits for `announced`."""
    return event.announced


def _is_mailed(event: training.ApplicationStarted) -> bool:
    """Whether a mail is sent: anybody can begin an application with another person's address, as often as they like."""
    return event.mailed


def _asks_step(step: str) -> Condition:
    """Returns a condition: the event asks this step, and none before it did. Nobody is asked again because another answered."""
    return lambda event: step in event.steps and step not in getattr(event, "asked_before", ())


def _arrives_separately(event: training.PaperReceived) -> bool:
    """Whether a document arrives after the application: one that arrives while its application is written comes with it; the hospital knows
    its own uploads."""
    return event.sent_by == "applicant" and event.status not in ("draft", "returned")


def _was_submitted(event: training.ApplicationWithdrawn) -> bool:
    """Whether it was submitted before: a draft was nobody's work yet."""
    return event.previous_status != "draft"


def _hospital_changed_dates(event: training.ApplicationUpdated) -> bool:
    """Whether the hospital changed the days; while the application is written, the applicant changes them."""
    return bool({"first_day", "last_day"} & set(event.fields)) and event.status not in ("draft", "returned")


def _has_place(event: training.ApplicationHeld | training.ApplicationReleased) -> bool:
    """Whether the applicant has a place they know of, and may be booking a flight for it, in either direction."""
    offered = event.status == "accepted" and event.next.what == "confirm"
    return offered or event.status in ("confirmed", "deferred")


def _needs_help(event: training.SafetyAnswered) -> bool:
    return event.answer == "need_help"


@dataclass(frozen=True)
class NotificationRule:
    """One audience of one event. `text` names the text where it is not the event's own. `person` names the field with the recipient: one
    interpreter, or with `offers` everybody who got one. An e-mail to a role goes to each account that has it.

    `kind` is what a person can switch off (preferences.py); an `urgent` notification is sent at any hour, whatever is switched off. `page`
    is where a notification about an application leads, if not to it: a page for staff, or a suffix of an applicant's link. `only_in_states`
    names the states of an application in which an e-mail is still true, if not all: in another state it is not sent. `superseded_by` names
    texts after which the same reader is no longer notified, for the same visit or booking.
    """

    audience: str
    channels: tuple[Channel, ...]
    when: Condition = _always
    text: str | None = None
    person: str = "interpreter_id"
    kind: str = CHANGES
    urgent: bool = False
    page: str = ""
    only_in_states: frozenset[str] = frozenset()
    superseded_by: frozenset[str] = frozenset()


INBOX_ONLY: tuple[Channel, ...] = (INBOX,)
MAIL_ONLY: tuple[Channel, ...] = (EMAIL,)
BOTH: tuple[Channel, ...] = (INBOX, EMAIL)
TO_DESK = NotificationRule(DESK, INBOX_ONLY)
TO_AGENCY = NotificationRule(AGENCY, MAIL_ONLY)
TO_COORDINATOR = NotificationRule(COORDINATOR, INBOX_ONLY)
TO_INTERPRETER = NotificationRule(INTERPRETER, BOTH, _has_interpreter)
ASSIGNMENT_ENDED = frozenset({"interpreter.booking.cancelled", "interpreter.booking.released"})
TO_ASSIGNED = NotificationRule(INTERPRETER, BOTH, _has_interpreter, superseded_by=ASSIGNMENT_ENDED)
TO_OFFERED = NotificationRule(INTERPRETER, BOTH, person="offers", kind=OFFERS)
OPEN_OFFER = NotificationRule(INTERPRETER, BOTH, person="offers", kind=OFFERS, superseded_by=frozenset({"interpreter.offer.withdrawn", "interpreter.offer.expired"}))  # fmt: skip
VISIT_TO_AGENCY = NotificationRule(AGENCY, MAIL_ONLY, superseded_by=frozenset({"agency.visit.cancelled"}))
TO_PARTNERS = NotificationRule(PARTNERS, INBOX_ONLY)
TO_TRAINING = NotificationRule(TRAINING, INBOX_ONLY, _covers_training)
TO_OWNER = NotificationRule(OWNER, MAIL_ONLY, person="owner_id")
REMINDER_TO_OWNER = NotificationRule(OWNER, MAIL_ONLY, person="owner_id", kind=REMINDERS)
TO_APPLICANT = NotificationRule(APPLICANT, MAIL_ONLY)
OPEN_STATES = frozenset({"submitted", "document_check", "returned", "under_review", "waitlisted", "accepted", "confirmed", "deferred", "active"})  # fmt: skip
PLACED_STATES = ("accepted", "confirmed", "deferred", "active")
EXPECTED_STATES = frozenset({"accepted", "confirmed", "deferred"})


def _applicant_in(*states: str, **more: Any) -> NotificationRule:
    return NotificationRule(APPLICANT, MAIL_ONLY, only_in_states=frozenset(states), **more)


TO_TRAINING_OFFICE = NotificationRule(TRAINING, INBOX_ONLY)
TO_REVIEWER = NotificationRule(
    REVIEWER, BOTH, _asks_step("department"), text="application.review_asked", page="/training/reviews"
)
TO_CHIEF = NotificationRule(CHIEF, BOTH, _asks_step("chief"), text="application.review_asked", page="/training/reviews")

TO_PERSON = NotificationRule(PERSON, BOTH, person="account_id", urgent=True, page="/accounts/me")
"""The owner of the account that the event is about."""

NOTIFICATION_RULES: dict[type[Event], tuple[NotificationRule, ...]] = {
    accounts.AccountLocked: (TO_PERSON,),
    intake.ReferralReceived: (TO_DESK, TO_AGENCY),
    intake.CaseRegistered: (NotificationRule(DESK, INBOX_ONLY, _is_no_walk_in),),
    intake.CaseReviewStarted: (),
    intake.CaseInformationRequested: (TO_AGENCY,),
    intake.CaseInformationProvided: (TO_DESK,),
    intake.CaseAccepted: (TO_AGENCY,),
    intake.CaseScheduled: (),
    intake.CaseUnscheduled: (),
    intake.CaseCareStarted: (),
    intake.CaseUpdated: (),
    intake.CaseDeclined: (TO_AGENCY,),
    intake.CaseCancellationRequested: (TO_DESK,),
    intake.CaseCancellationRefused: (TO_AGENCY,),
    intake.CaseCancelled: (TO_DESK, TO_AGENCY),
    intake.CaseReopened: (TO_AGENCY,),
    intake.CaseCompleted: (TO_AGENCY,),
    intake.VisitBooked: (VISIT_TO_AGENCY,),
    intake.VisitRescheduled: (TO_DESK, VISIT_TO_AGENCY),
    intake.VisitCancelled: (TO_DESK, TO_AGENCY),
    intake.VisitNoShow: (TO_AGENCY,),
    intake.VisitCorrected: (),
    intake.DocumentAttached: (
        NotificationRule(DESK, INBOX_ONLY, _sent_by_agency),
        NotificationRule(AGENCY, MAIL_ONLY, _visible_to_agency),
    ),
    intake.MessagePosted: (
        NotificationRule(DESK, INBOX_ONLY, _sent_by_agency),
        NotificationRule(AGENCY, MAIL_ONLY, _sent_by_hospital),
    ),
    booking.BookingRequested: (),
    booking.BookingConfirmed: (TO_DESK, TO_ASSIGNED, TO_AGENCY),
    booking.BookingRescheduled: (NotificationRule(DESK, INBOX_ONLY, _has_interpreter), TO_ASSIGNED),
    booking.BookingReleased: (
        TO_DESK,
        TO_COORDINATOR,
        NotificationRule(INTERPRETER, BOTH, person="released_interpreter_id"),
    ),
    booking.BookingReassigned: (
        TO_DESK,
        TO_ASSIGNED,
        NotificationRule(INTERPRETER, BOTH, text="booking.released", person="previous_interpreter_id"),
    ),
    booking.BookingUnfilled: (TO_DESK, TO_COORDINATOR),
    booking.BookingCancelled: (NotificationRule(DESK, INBOX_ONLY, _has_interpreter), TO_INTERPRETER),
    booking.BookingStarted: (),
    booking.BookingCompleted: (),
    booking.BookingReopened: (),
    booking.BookingOffered: (OPEN_OFFER,),
    booking.OfferDeclined: (TO_COORDINATOR,),
    booking.OfferExpired: (TO_OFFERED, TO_COORDINATOR),
    booking.OfferWithdrawn: (TO_OFFERED,),
    agreement.AgreementDrafted: (),
    agreement.AgreementUpdated: (),
    agreement.AgreementSubmitted: (),
    agreement.AgreementSigned: (),
    agreement.AgreementActivated: (),
    agreement.AgreementAbandoned: (),
    agreement.AgreementScanAttached: (),
    agreement.AgreementNoticeGiven: (),
    agreement.AgreementTerminationPlanned: (),
    agreement.AgreementTerminated: (TO_PARTNERS, TO_TRAINING, TO_OWNER),
    agreement.AgreementExpiring: (TO_PARTNERS, TO_TRAINING, REMINDER_TO_OWNER),
    agreement.AgreementExpired: (TO_PARTNERS, TO_TRAINING, TO_OWNER),
    agreement.AgreementRenewed: (),
    training.ApplicationStarted: (NotificationRule(APPLICANT, MAIL_ONLY, _is_mailed),),
    training.ApplicationLinkAsked: (TO_APPLICANT,),
    training.ApplicationUpdated: (
        NotificationRule(
            APPLICANT, MAIL_ONLY, _hospital_changed_dates, text="application.moved", only_in_states=OPEN_STATES
        ),
    ),
    training.ApplicationSubmitted: (TO_APPLICANT, TO_TRAINING_OFFICE),
    training.ApplicationCheckStarted: (),
    training.ApplicationReturned: (_applicant_in("returned"),),
    training.ApplicationReviewStarted: (TO_REVIEWER, TO_CHIEF),
    training.ApplicationReviewed: (TO_REVIEWER, TO_CHIEF),
    training.ApplicationAccepted: (_applicant_in(*PLACED_STATES, when=_is_announced_at_once),),
    training.ApplicationWaitlisted: (),
    training.ApplicationRejected: (_applicant_in("rejected", when=_is_announced_at_once),),
    training.ApplicationAnnounced: tuple(
        _applicant_in(*states, when=_has_outcome(outcome), text=f"application.announced.{outcome}")
        for outcome, states in (("accepted", PLACED_STATES), ("waitlisted", ["waitlisted"]), ("rejected", ["rejected"]))
    ),
    training.ApplicationLapsed: (TO_APPLICANT,),
    training.ApplicationWithdrawn: (TO_APPLICANT, NotificationRule(TRAINING, INBOX_ONLY, _was_submitted)),
    training.ApplicationOverdue: (TO_TRAINING_OFFICE,),
    training.ApplicationChased: (_applicant_in("draft", *OPEN_STATES),),
    training.ApplicationHeld: (_applicant_in(*EXPECTED_STATES, when=_has_place), TO_TRAINING_OFFICE),
    training.ApplicationReleased: (_applicant_in(*EXPECTED_STATES, when=_has_place),),
    training.PaperReceived: (NotificationRule(TRAINING, INBOX_ONLY, _arrives_separately),),
    training.PaperAccepted: (),
    training.PaperRefused: (_applicant_in("draft", "completed", *OPEN_STATES),),
    training.PlacementConfirmed: (_applicant_in("confirmed", "active", "completed"), TO_TRAINING_OFFICE),
    training.PlacementDeferred: (_applicant_in("deferred", "confirmed", "active"),),
    training.PlacementStarted: (),
    training.PlacementCompleted: (),
    training.PlacementNoShow: (),
    training.PlacementTerminated: (),
    training.ReportReceived: (),
    training.CertificateIssued: (TO_APPLICANT,),
    training.SafetyAsked: (NotificationRule(APPLICANT, MAIL_ONLY, page="/safe"),),
    training.SafetyAnswered: (NotificationRule(TRAINING, BOTH, _needs_help, urgent=True),),
}


def departments_of(event: Event) -> tuple[str, ...]:
    """Returns the departments an event is about: its `departments`, else its `department`; empty means any department."""
    named = getattr(event, "departments", ())
    one = getattr(event, "department", None)
    return tuple(named) or ((one,) if one else ())


def role_recipients(roles: Iterable[str], departments: Iterable[str]) -> list[str]:
    """Returns the recipient names for a person with these roles and departments: the role's name, and one per department for roles that work by department."""
    bound = {ROLES[audience] for audience in DEPARTMENT_AUDIENCES}
    known = sorted(departments)
    return [
        name
        for role in sorted(roles)
        for name in (f"role:{role}", *(f"role:{role}@{code}" for code in (known if role in bound else ())))
    ]


def event_name(event_type: str) -> str:
    """Returns the name texts are filed by: `intake.case.accepted.v1` → `case.accepted`."""
    return ".".join(event_type.split(".")[1:3])


def text_key(rule: NotificationRule, event_type: str) -> str:
    """Returns the key of this audience's text: `agency.case.accepted`."""
    return f"{rule.audience}.{rule.text or event_name(event_type)}"


@cache
def _rules_by_text() -> dict[str, NotificationRule]:
    return {text_key(rule, struct.TYPE): rule for struct, rules in NOTIFICATION_RULES.items() for rule in rules}


def kind_of(text: str) -> str:
    """Returns the kind of a notification, by its text."""
    rule = _rules_by_text().get(text)
    return rule.kind if rule else CHANGES


def is_urgent(text: str) -> bool:
    """Whether a notification with this text ignores quiet hours and preferences."""
    rule = _rules_by_text().get(text)
    return bool(rule and rule.urgent)


def is_valid_in(text: str, status: str) -> bool:
    """Whether a notification with this text is still true for an application that its applicant sees in this state."""
    rule = _rules_by_text().get(text)
    return rule is None or not rule.only_in_states or status in rule.only_in_states


def superseding_texts(text: str) -> frozenset[str]:
    """Returns the texts after which a notification with this text is not sent any more."""
    rule = _rules_by_text().get(text)
    return rule.superseded_by if rule else frozenset()


def _page(text: str) -> str:
    rule = _rules_by_text().get(text)
    return rule.page if rule else ""


def page_of(text: str, application_id: str | None) -> str | None:
    """Returns the page where staff continue: that of the notification's text, or of the application; None where there is neither."""
    return _page(text) or (f"/training/applications/{application_id}" if application_id else None)


def link_of(text: str, link: str) -> str:
    """Returns where an applicant continues: their own link, or a page below it."""
    return link + _page(text)


def rules_for(event: Event) -> list[NotificationRule]:
    """Returns the rules that apply to this particular event."""
    return [rule for rule in NOTIFICATION_RULES.get(type(event), ()) if rule.when(event)]


UNDELIVERED_AUDIENCES = (DESK, COORDINATOR, PARTNERS, TRAINING)
"""Audiences that are notified when an e-mail reached nobody."""
ENDPOINT_AUDIENCES = (DESK, PARTNERS)
"""Audiences that are notified when an agency's endpoint accepts nothing."""


def audience_of(text: str) -> str:
    """Returns the audience of a text."""
    return text.partition(".")[0]


def undelivered_key(audience: str, what: str = "mail") -> str:
    """Returns the text key for that; `what` is mail or webhook."""
    return f"{audience}.{what}.undelivered"


def text_keys() -> set[str]:
    """Returns the keys of all texts that must exist, in every language."""
    undelivered = {undelivered_key(audience) for audience in UNDELIVERED_AUDIENCES}
    return (
        _rules_by_text().keys()
        | undelivered
        | {undelivered_key(audience, "webhook") for audience in ENDPOINT_AUDIENCES}
    )
