"""Events published by interpreting. They may contain an interpreter's work name and e-mail; of the patient only ids and the language."""

import msgspec

from shared.events.language import Event, event

BOOKING_CONSUMERS = ("intake", "notify")


class BookingEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The current state of a booking, with the ids of its visit and case. Times are RFC 3339 in UTC; the period is half-open."""

    booking_id: str
    visit_id: str
    case_id: str
    status: str
    start: str
    end: str
    language: str
    reference: str | None = None
    organization_id: str | None = None
    agency_reference: str | None = None
    department: str | None = None
    place: str | None = None
    modality: str = "on_site"
    interpreter_id: str | None = None
    interpreter_name: str | None = None


@event("interpreting.booking.requested.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingRequested(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A visit needs an interpreter."""

    on_demand: bool = False


@event("interpreting.booking.confirmed.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingConfirmed(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An interpreter was assigned: `automatic`, `by_hand` or through an accepted `offer`. The reason for an override stays in interpreting."""

    filled_by: str
    override: bool = False


@event("interpreting.booking.rescheduled.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingRescheduled(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The period changed; the interpreter, if one is named, stays assigned."""

    previous_start: str
    previous_end: str


@event("interpreting.booking.released.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingReleased(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The interpreter is no longer assigned (`new_time_does_not_fit`, `given_back`, `changed`)."""

    reason: str
    released_interpreter_id: str
    released_interpreter_name: str | None = None


@event("interpreting.booking.reassigned.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingReassigned(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A coordinator assigned a confirmed booking to another interpreter."""

    previous_interpreter_id: str
    previous_interpreter_name: str | None = None


@event("interpreting.booking.unfilled.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingUnfilled(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """No interpreter is suitable; `reasons` counts the unsuitable interpreters by reason."""

    reasons: dict[str, int] = msgspec.field(default_factory=dict)


@event("interpreting.booking.cancelled.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingCancelled(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """No interpreter is needed any more; `interpreter_id` is the one who was assigned, if any."""

    reason: str


@event("interpreting.booking.started.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingStarted(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Interpreting began."""


@event("interpreting.booking.completed.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingCompleted(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Interpreting ended: `done`, `patient_no_show`, `not_needed`, `cut_short`."""

    outcome: str


@event("interpreting.booking.reopened.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingReopened(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A correction of the visit reopened the booking with `status`; an interpreter who is not available any more is not named."""


@event(
    "interpreting.booking.updated.v1",
    subject="booking",
    no_consumers_because="place and language are shown from the visit; a change that costs the interpreter publishes booking.released",
)
class BookingUpdated(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Place, modality or language changed; the interpreter stays assigned. `fields` names the changed fields."""

    fields: tuple[str, ...]


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A booking offered to one interpreter. `sealed_link`: the path that answers it without sign-in, sealed to notify."""

    offer_id: str
    interpreter_id: str
    interpreter_name: str | None = None
    expires_at: str | None = None
    sealed_link: str | None = None


class OfferEvent(BookingEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A booking with the offers that the event is about. booking.confirmed publishes the first acceptance."""

    offers: tuple[Offer, ...]


@event("interpreting.booking.offered.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class BookingOffered(OfferEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A coordinator offered the booking to these interpreters; no interpreter is assigned automatically while an offer is open."""


@event("interpreting.offer.declined.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class OfferDeclined(OfferEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An interpreter declined; if no offer is left open, the booking is `requested` again."""


@event("interpreting.offer.expired.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class OfferExpired(OfferEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An offer was not answered in time; if no offer is left open, the booking is `requested` again."""


@event("interpreting.offer.withdrawn.v1", subject="booking", consumers=BOOKING_CONSUMERS)
class OfferWithdrawn(OfferEvent, frozen=True, kw_only=True, omit_defaults=True):
    """These offers are no longer open: `taken`, `visit_changed`, `not_needed`, `visit_over`, `withdrawn`."""

    reason: str


class InterpreterEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An interpreter on the roster, with the work contact for notifications."""

    interpreter_id: str
    name: str
    email: str | None = None
    account_id: str | None = None
    active: bool = True


@event("interpreting.interpreter.registered.v1", subject="interpreter", consumers=("notify",))
class InterpreterRegistered(InterpreterEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An interpreter was added to the roster."""


@event("interpreting.interpreter.updated.v1", subject="interpreter", consumers=("notify",))
class InterpreterUpdated(InterpreterEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Hours, languages, contact or availability changed."""

    fields: tuple[str, ...]
