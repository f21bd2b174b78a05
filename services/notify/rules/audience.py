"""Who is told of which event, over what: the front desk, the coordinator, interpreters, agencies. One table, read top to bottom.

Not here: the words (templates/), and the agencies' webhooks (webhooks.py), which every subscribed endpoint gets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.notify.rules.notices import EMAIL, INBOX
from shared.events import Event, intake
from shared.events import interpreting as booking

DESK, COORDINATOR, INTERPRETER, AGENCY = AUDIENCES = ("desk", "coordinator", "interpreter", "agency")
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


@dataclass(frozen=True)
class Told:
    """One audience of one event. `text` names the words where they are not the event's own; `person` who it is: one
    interpreter, or with `offers` everybody to whom these were made.

    `kind` is what a person can switch off (preferences.py).
    """

    audience: str
    channels: tuple[str, ...]
    when: Condition = _always
    text: str | None = None
    person: str = "interpreter_id"
    kind: str = CHANGES


INBOX_ONLY, MAIL_ONLY, BOTH = (INBOX,), (EMAIL,), (INBOX, EMAIL)
TO_DESK = Told(DESK, INBOX_ONLY)
TO_AGENCY = Told(AGENCY, MAIL_ONLY)
TO_COORDINATOR = Told(COORDINATOR, INBOX_ONLY)
TO_INTERPRETER = Told(INTERPRETER, BOTH, _held)
TO_ASKED = Told(INTERPRETER, BOTH, person="offers", kind=OFFERS)

TOLD: dict[type[Event], tuple[Told, ...]] = {
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
    intake.VisitBooked: (TO_AGENCY,),
    intake.VisitRescheduled: (TO_DESK, TO_AGENCY),
    intake.VisitCancelled: (TO_DESK, TO_AGENCY),
    intake.VisitNoShow: (TO_AGENCY,),
    intake.DocumentAttached: (Told(DESK, INBOX_ONLY, _by_agency), Told(AGENCY, MAIL_ONLY, _shown_to_agency)),
    intake.MessagePosted: (Told(DESK, INBOX_ONLY, _by_agency), Told(AGENCY, MAIL_ONLY, _by_hospital)),
    booking.BookingRequested: (),
    booking.BookingConfirmed: (TO_DESK, TO_INTERPRETER, TO_AGENCY),
    booking.BookingRescheduled: (Told(DESK, INBOX_ONLY, _held), TO_INTERPRETER),
    booking.BookingReleased: (
        TO_DESK,
        TO_COORDINATOR,
        Told(INTERPRETER, BOTH, person="released_interpreter_id"),
    ),
    booking.BookingReassigned: (
        TO_DESK,
        TO_INTERPRETER,
        Told(INTERPRETER, BOTH, text="booking.released", person="previous_interpreter_id"),
    ),
    booking.BookingUnfilled: (TO_DESK, TO_COORDINATOR),
    booking.BookingCancelled: (Told(DESK, INBOX_ONLY, _held), TO_INTERPRETER),
    booking.BookingStarted: (),
    booking.BookingCompleted: (),
    booking.BookingReopened: (),
    booking.BookingOffered: (TO_ASKED,),
    booking.OfferDeclined: (TO_COORDINATOR,),
    booking.OfferExpired: (TO_ASKED, TO_COORDINATOR),
    booking.OfferWithdrawn: (TO_ASKED,),
}


def event_name(event_type: str) -> str:
    """`intake.case.accepted.v1` → `case.accepted`: how texts are filed."""
    return ".".join(event_type.split(".")[1:3])


def text_key(told: Told, event_type: str) -> str:
    """The words of this audience: `agency.case.accepted`."""
    return f"{told.audience}.{told.text or event_name(event_type)}"


@cache
def _kinds() -> dict[str, str]:
    return {text_key(told, struct.TYPE): told.kind for struct, all_told in TOLD.items() for told in all_told}


def kind_of(text: str) -> str:
    """The kind of a notice, by its text."""
    return _kinds().get(text, CHANGES)


def told_of(event: Event) -> list[Told]:
    """The audiences this very event is for."""
    return [told for told in TOLD.get(type(event), ()) if told.when(event)]


def text_keys() -> set[str]:
    """Every text there must be, in every language."""
    return {text_key(told, struct.TYPE) for struct, all_told in TOLD.items() for told in all_told}
