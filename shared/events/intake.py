"""Events published by intake. No event contains a patient's name, birth date, contact, document or clinical text."""

import msgspec

from shared.events.language import Event, Next, event

NOTIFY_ONLY = ("notify",)


class Language(msgspec.Struct, frozen=True, omit_defaults=True):
    """A language of the patient: BCP 47 tag and level (`native`, `fluent`, `daily`, `basic`)."""

    tag: str
    level: str | None = None


class InterpreterNeed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the visit needs: required or not, who provides it, a wish for the interpreter's gender."""

    required: bool
    provided_by: str = "hospital"
    gender_wish: str | None = None


class CaseEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Every event about a case: its numbers, and the status and `next` it led to."""

    case_id: str
    reference: str
    status: str
    next: Next
    organization_id: str | None = None
    agency_reference: str | None = None


class VisitEvent(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Every event about a visit carries the visit as it now is. Times RFC 3339 in UTC, the period half-open."""

    visit_id: str
    visit_status: str
    department: str
    start: str
    end: str
    languages: tuple[Language, ...]
    interpreter: InterpreterNeed
    place: str | None = None
    modality: str = "on_site"
    urgency: str = "routine"


@event("intake.referral.received.v1", subject="case", consumers=NOTIFY_ONLY)
class ReferralReceived(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An agency's referral is stored."""

    department: str
    urgency: str
    languages: tuple[Language, ...] = ()


@event("intake.case.registered.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseRegistered(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The desk registered a case itself."""

    channel: str
    department: str
    urgency: str


@event("intake.case.review_started.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseReviewStarted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The desk began to review it."""


@event("intake.case.information_requested.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseInformationRequested(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The desk asked the referrer something; the words stand in the case's messages."""


@event("intake.case.information_provided.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseInformationProvided(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The asked information came, from the agency or recorded by the desk."""


@event("intake.case.accepted.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseAccepted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The hospital takes the patient."""

    patient_id: str


@event("intake.case.scheduled.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseScheduled(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The first visit is booked."""


@event("intake.case.unscheduled.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseUnscheduled(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """No booked visit is left; the case is back in accepted."""


@event("intake.case.care_started.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseCareStarted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The patient arrived for the first time."""


@event("intake.case.updated.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseUpdated(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The record was edited; `fields` names what, never the values."""

    fields: tuple[str, ...]


@event("intake.case.declined.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseDeclined(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The hospital cannot take the patient; `reason` is a code."""

    reason: str


@event("intake.case.cancellation_requested.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseCancellationRequested(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The agency asked to cancel after a visit was booked."""

    reason: str


@event("intake.case.cancellation_refused.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseCancellationRefused(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The desk refused a requested cancellation."""


@event("intake.case.cancelled.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseCancelled(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The case is cancelled, with every visit that was booked (each publishes visit.cancelled)."""

    reason: str
    wanted_by: str


@event("intake.case.reopened.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseReopened(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A closed case is worked on again."""


@event("intake.case.completed.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseCompleted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The matter is finished."""

    outcome: str


@event("intake.visit.booked.v1", subject="case", consumers=("interpreting", "notify"))
class VisitBooked(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A visit is booked; `on_demand` for a walk-in, whose interpreter is wanted now."""

    on_demand: bool = False


@event("intake.visit.rescheduled.v1", subject="case", consumers=("interpreting", "notify"))
class VisitRescheduled(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The visit moved in time."""

    wanted_by: str
    previous_start: str
    previous_end: str


@event("intake.visit.updated.v1", subject="case", consumers=("interpreting",))
class VisitUpdated(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Place, modality or interpreter need changed; the period did not."""

    fields: tuple[str, ...]


@event("intake.visit.cancelled.v1", subject="case", consumers=("interpreting", "notify"))
class VisitCancelled(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The visit will not be."""

    reason: str
    wanted_by: str


@event("intake.visit.arrived.v1", subject="case", consumers=("interpreting",))
class VisitArrived(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The patient is here."""


@event("intake.visit.no_show.v1", subject="case", consumers=("interpreting", "notify"))
class VisitNoShow(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The patient did not come."""


@event("intake.visit.left.v1", subject="case", consumers=("interpreting",))
class VisitLeft(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The patient left before being seen."""


@event("intake.visit.completed.v1", subject="case", consumers=("interpreting",))
class VisitCompleted(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The visit took place."""


@event("intake.visit.corrected.v1", subject="case", consumers=("interpreting", "notify"))
class VisitCorrected(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The desk put a wrong entry right: `visit_status` is the state now, `corrected_from` the one before."""

    corrected_from: str


@event("intake.document.attached.v1", subject="case", consumers=NOTIFY_ONLY)
class DocumentAttached(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A document was attached; its name and content stay in intake."""

    document_id: str
    kind: str
    visible_to: tuple[str, ...]
    sent_by: str


@event("intake.message.posted.v1", subject="case", consumers=NOTIFY_ONLY)
class MessagePosted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A message between agency and hospital; the words stay in intake. `sent_by` is `agency` or `hospital`."""

    message_id: str
    sent_by: str


class PatientEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person known to the hospital; the id only."""

    patient_id: str


@event("intake.patient.registered.v1", subject="patient", no_consumers_because="patients' data stay in intake")
class PatientRegistered(PatientEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A new person was entered."""


@event("intake.patient.merged.v1", subject="patient", no_consumers_because="patients' data stay in intake")
class PatientMerged(PatientEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Two records are of one person: this one's cases are now those of `into`."""

    into: str


@event("intake.patient.unmerged.v1", subject="patient", no_consumers_because="patients' data stay in intake")
class PatientUnmerged(PatientEvent, frozen=True, kw_only=True, omit_defaults=True):
    """They are two people after all: this one has its cases back from `out_of`."""

    out_of: str
