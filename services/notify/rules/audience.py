"""The table of who is notified of which event, over which channel: roles, interpreters, agencies, owners of agreements, applicants.

Not here: the texts (templates/), and the agencies' webhooks (webhooks.py), which every subscribed endpoint gets.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.notify.rules.notices import EMAIL, INBOX
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
OF_A_DEPARTMENT = (REVIEWER,)
"""Audiences that are notified of work of their own departments only."""
OFFERS, CHANGES, REMINDERS, REPORTS = KINDS = ("offers", "changes", "reminders", "reports")
Condition = Callable[[Any], bool]


def _always(event: Any) -> bool:
    return True


def _by_agency(event: Any) -> bool:
    return bool(event.sent_by == "agency")


def _by_hospital(event: Any) -> bool:
    return bool(event.sent_by != "agency")


def _shown_to_agency(event: Any) -> bool:
    return _by_hospital(event) and "agency" in event.visible_to


def _not_walk_in(event: Any) -> bool:
    return bool(event.channel != "walk_in")


def _held(event: Any) -> bool:
    return event.interpreter_id is not None


def _for_training(event: Any) -> bool:
    return "training" in event.scopes


def _announced(outcome: str) -> Condition:
    return lambda event: event.outcome == outcome


def _told_at_once(event: Any) -> bool:
    """Whether it was announced at once; a decision under review waits for `announced`."""
    return bool(event.announced)


def _is_mailed(event: Any) -> bool:
    """Whether a mail is sent: anybody can begin an application with another person's address, as often as they like."""
    return bool(event.mailed)


def _asked(step: str) -> Condition:
    """Returns a condition: the event asks this step, and none before it did. Nobody is asked again because another answered."""
    return lambda event: step in event.steps and step not in getattr(event, "asked_before", ())


def _comes_alone(event: Any) -> bool:
    """Whether a document arrives alone: one that arrives while its application is written comes with it; the hospital knows its own
    uploads."""
    return bool(event.sent_by == "applicant" and event.status not in ("draft", "returned"))


def _was_handed_in(event: Any) -> bool:
    """Whether it was submitted before: a draft was nobody's work yet."""
    return bool(event.previous_status != "draft")


def _moved_by_hospital(event: Any) -> bool:
    """Whether the hospital changed the days; while the application is written, the applicant changes them."""
    return bool({"first_day", "last_day"} & set(event.fields)) and event.status not in ("draft", "returned")


def _counts_on_it(event: Any) -> bool:
    """Whether the applicant has a place they know of, and may be booking a flight for it, in either direction."""
    offered = event.status == "accepted" and event.next.what == "confirm"
    return offered or event.status in ("confirmed", "deferred")


def _needs_help(event: Any) -> bool:
    return bool(event.answer == "need_help")


@dataclass(frozen=True)
class Told:
    """One audience of one event. `text` names the text where it is not the event's own. `person` names the field with the recipient: one
    interpreter, or with `offers` everybody who got one. An e-mail to a role goes to each account that has it.

    `kind` is what a person can switch off (preferences.py); an `urgent` notification is sent at any hour, whatever is switched off. `page`
    is where a notification about an application leads, if not to it: a page for staff, or a suffix of an applicant's link. `while_` names
    the states of an application in which an e-mail is still true, if not all: in another state it is not sent. `until` names texts after
    which the same reader is no longer notified, for the same visit or booking.
    """

    audience: str
    channels: tuple[str, ...]
    when: Condition = _always
    text: str | None = None
    person: str = "interpreter_id"
    kind: str = CHANGES
    urgent: bool = False
    page: str = ""
    while_: frozenset[str] = frozenset()
    until: frozenset[str] = frozenset()


INBOX_ONLY, MAIL_ONLY, BOTH = (INBOX,), (EMAIL,), (INBOX, EMAIL)
TO_DESK = Told(DESK, INBOX_ONLY)
TO_AGENCY = Told(AGENCY, MAIL_ONLY)
TO_COORDINATOR = Told(COORDINATOR, INBOX_ONLY)
TO_INTERPRETER = Told(INTERPRETER, BOTH, _held)
GIVEN_AWAY = frozenset({"interpreter.booking.cancelled", "interpreter.booking.released"})
TO_HOLDER = Told(INTERPRETER, BOTH, _held, until=GIVEN_AWAY)
TO_ASKED = Told(INTERPRETER, BOTH, person="offers", kind=OFFERS)
ASKED = Told(INTERPRETER, BOTH, person="offers", kind=OFFERS, until=frozenset({"interpreter.offer.withdrawn", "interpreter.offer.expired"}))  # fmt: skip
VISIT_STANDS = Told(AGENCY, MAIL_ONLY, until=frozenset({"agency.visit.cancelled"}))
TO_PARTNERS = Told(PARTNERS, INBOX_ONLY)
TO_TRAINING = Told(TRAINING, INBOX_ONLY, _for_training)
TO_OWNER = Told(OWNER, MAIL_ONLY, person="owner_id")
REMINDED = Told(OWNER, MAIL_ONLY, person="owner_id", kind=REMINDERS)
TO_APPLICANT = Told(APPLICANT, MAIL_ONLY)
GOES_ON = frozenset({"submitted", "document_check", "returned", "under_review", "waitlisted", "accepted", "confirmed", "deferred", "active"})  # fmt: skip
TAKEN = ("accepted", "confirmed", "deferred", "active")
COUNTED_ON = frozenset({"accepted", "confirmed", "deferred"})


def _while_so(*states: str, **more: Any) -> Told:
    return Told(APPLICANT, MAIL_ONLY, while_=frozenset(states), **more)


TO_OFFICE = Told(TRAINING, INBOX_ONLY)
TO_REVIEWER = Told(REVIEWER, BOTH, _asked("department"), text="application.review_asked", page="/training/reviews")
TO_CHIEF = Told(CHIEF, BOTH, _asked("chief"), text="application.review_asked", page="/training/reviews")

TO_PERSON = Told(PERSON, BOTH, person="account_id", urgent=True, page="/accounts/me")
"""The owner of the account that the event is about."""

TOLD: dict[type[Event], tuple[Told, ...]] = {
    accounts.AccountLocked: (TO_PERSON,),
    intake.ReferralReceived: (TO_DESK, TO_AGENCY),
    intake.CaseRegistered: (Told(DESK, INBOX_ONLY, _not_walk_in),),
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
    intake.VisitBooked: (VISIT_STANDS,),
    intake.VisitRescheduled: (TO_DESK, VISIT_STANDS),
    intake.VisitCancelled: (TO_DESK, TO_AGENCY),
    intake.VisitNoShow: (TO_AGENCY,),
    intake.VisitCorrected: (),
    intake.DocumentAttached: (Told(DESK, INBOX_ONLY, _by_agency), Told(AGENCY, MAIL_ONLY, _shown_to_agency)),
    intake.MessagePosted: (Told(DESK, INBOX_ONLY, _by_agency), Told(AGENCY, MAIL_ONLY, _by_hospital)),
    booking.BookingRequested: (),
    booking.BookingConfirmed: (TO_DESK, TO_HOLDER, TO_AGENCY),
    booking.BookingRescheduled: (Told(DESK, INBOX_ONLY, _held), TO_HOLDER),
    booking.BookingReleased: (
        TO_DESK,
        TO_COORDINATOR,
        Told(INTERPRETER, BOTH, person="released_interpreter_id"),
    ),
    booking.BookingReassigned: (
        TO_DESK,
        TO_HOLDER,
        Told(INTERPRETER, BOTH, text="booking.released", person="previous_interpreter_id"),
    ),
    booking.BookingUnfilled: (TO_DESK, TO_COORDINATOR),
    booking.BookingCancelled: (Told(DESK, INBOX_ONLY, _held), TO_INTERPRETER),
    booking.BookingStarted: (),
    booking.BookingCompleted: (),
    booking.BookingReopened: (),
    booking.BookingOffered: (ASKED,),
    booking.OfferDeclined: (TO_COORDINATOR,),
    booking.OfferExpired: (TO_ASKED, TO_COORDINATOR),
    booking.OfferWithdrawn: (TO_ASKED,),
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
    agreement.AgreementExpiring: (TO_PARTNERS, TO_TRAINING, REMINDED),
    agreement.AgreementExpired: (TO_PARTNERS, TO_TRAINING, TO_OWNER),
    agreement.AgreementRenewed: (),
    training.ApplicationStarted: (Told(APPLICANT, MAIL_ONLY, _is_mailed),),
    training.ApplicationLinkAsked: (TO_APPLICANT,),
    training.ApplicationUpdated: (
        Told(APPLICANT, MAIL_ONLY, _moved_by_hospital, text="application.moved", while_=GOES_ON),
    ),
    training.ApplicationSubmitted: (TO_APPLICANT, TO_OFFICE),
    training.ApplicationCheckStarted: (),
    training.ApplicationReturned: (_while_so("returned"),),
    training.ApplicationReviewStarted: (TO_REVIEWER, TO_CHIEF),
    training.ApplicationReviewed: (TO_REVIEWER, TO_CHIEF),
    training.ApplicationAccepted: (_while_so(*TAKEN, when=_told_at_once),),
    training.ApplicationWaitlisted: (),
    training.ApplicationRejected: (_while_so("rejected", when=_told_at_once),),
    training.ApplicationAnnounced: tuple(
        _while_so(*stands, when=_announced(outcome), text=f"application.announced.{outcome}")
        for outcome, stands in (("accepted", TAKEN), ("waitlisted", ["waitlisted"]), ("rejected", ["rejected"]))
    ),
    training.ApplicationLapsed: (TO_APPLICANT,),
    training.ApplicationWithdrawn: (TO_APPLICANT, Told(TRAINING, INBOX_ONLY, _was_handed_in)),
    training.ApplicationOverdue: (TO_OFFICE,),
    training.ApplicationChased: (_while_so("draft", *GOES_ON),),
    training.ApplicationHeld: (_while_so(*COUNTED_ON, when=_counts_on_it), TO_OFFICE),
    training.ApplicationReleased: (_while_so(*COUNTED_ON, when=_counts_on_it),),
    training.PaperReceived: (Told(TRAINING, INBOX_ONLY, _comes_alone),),
    training.PaperAccepted: (),
    training.PaperRefused: (_while_so("draft", "completed", *GOES_ON),),
    training.PlacementConfirmed: (_while_so("confirmed", "active", "completed"), TO_OFFICE),
    training.PlacementDeferred: (_while_so("deferred", "confirmed", "active"),),
    training.PlacementStarted: (),
    training.PlacementCompleted: (),
    training.PlacementNoShow: (),
    training.PlacementTerminated: (),
    training.ReportReceived: (),
    training.CertificateIssued: (TO_APPLICANT,),
    training.SafetyAsked: (Told(APPLICANT, MAIL_ONLY, page="/safe"),),
    training.SafetyAnswered: (Told(TRAINING, BOTH, _needs_help, urgent=True),),
}


def departments_of(event: Event) -> tuple[str, ...]:
    """Returns the departments an event is about: its `departments`, else its `department`; empty means any department."""
    named = getattr(event, "departments", ())
    one = getattr(event, "department", None)
    return tuple(named) or ((one,) if one else ())


def role_readers(roles: Iterable[str], departments: Iterable[str]) -> list[str]:
    """Returns the recipient names for a person with these roles and departments: the role's name, and for bound roles one per department."""
    bound = {ROLES[audience] for audience in OF_A_DEPARTMENT}
    known = sorted(departments)
    return [
        name
        for role in sorted(roles)
        for name in (f"role:{role}", *(f"role:{role}@{code}" for code in (known if role in bound else ())))
    ]


def event_name(event_type: str) -> str:
    """Returns the name texts are filed by: `intake.case.accepted.v1` → `case.accepted`."""
    return ".".join(event_type.split(".")[1:3])


def text_key(told: Told, event_type: str) -> str:
    """Returns the key of this audience's text: `agency.case.accepted`."""
    return f"{told.audience}.{told.text or event_name(event_type)}"


@cache
def _by_text() -> dict[str, Told]:
    return {text_key(told, struct.TYPE): told for struct, all_told in TOLD.items() for told in all_told}


def kind_of(text: str) -> str:
    """Returns the kind of a notification, by its text."""
    told = _by_text().get(text)
    return told.kind if told else CHANGES


def is_urgent(text: str) -> bool:
    """Whether a notification with this text ignores quiet hours and preferences."""
    told = _by_text().get(text)
    return bool(told and told.urgent)


def still_says_so(text: str, status: str) -> bool:
    """Whether a notification with this text is still true for an application that its applicant sees in this state."""
    told = _by_text().get(text)
    return told is None or not told.while_ or status in told.while_


def ended_by(text: str) -> frozenset[str]:
    """Returns the texts after which a notification with this text is not sent any more."""
    told = _by_text().get(text)
    return told.until if told else frozenset()


def _page(text: str) -> str:
    told = _by_text().get(text)
    return told.page if told else ""


def page_of(text: str, application_id: str | None) -> str | None:
    """Returns the page where staff continue: that of the notification's text, or of the application; None where there is neither."""
    return _page(text) or (f"/training/applications/{application_id}" if application_id else None)


def link_of(text: str, link: str) -> str:
    """Returns where an applicant continues: their own link, or a page below it."""
    return link + _page(text)


def told_of(event: Event) -> list[Told]:
    """Returns the audiences that this particular event has."""
    return [told for told in TOLD.get(type(event), ()) if told.when(event)]


UNDELIVERED = (DESK, COORDINATOR, PARTNERS, TRAINING)
"""Audiences that are notified when an e-mail reached nobody."""
OF_ENDPOINTS = (DESK, PARTNERS)
"""Audiences that are notified when an agency's endpoint accepts nothing."""


def audience_of(text: str) -> str:
    """Returns the audience of a text."""
    return text.partition(".")[0]


def undelivered_key(audience: str, what: str = "mail") -> str:
    """Returns the text key for that; `what` is mail or webhook."""
    return f"{audience}.{what}.undelivered"


def text_keys() -> set[str]:
    """Returns the keys of all texts that must exist, in every language."""
    undelivered = {undelivered_key(audience) for audience in UNDELIVERED}
    return _by_text().keys() | undelivered | {undelivered_key(audience, "webhook") for audience in OF_ENDPOINTS}
