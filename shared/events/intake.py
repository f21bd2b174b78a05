"""Events published by intake. No event contains a patient's name, birth date, contact, document or clinical text."""

import msgspec

from shared.events.language import Event, Next, event

NOTIFY_ONLY = ("notify",)


class Language(msgspec.Struct, frozen=True, omit_defaults=True):
    """A language of the patient: BCP 47 tag and level (`native`, `fluent`, `daily`, `basic`)."""

    tag: str
    level: str | None = None


class InterpreterNeed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the visit requires an interpreter, who provides one, and which gender the patient prefers."""

    required: bool
    provided_by: str = "hospital"
    gender_wish: str | None = None


class CaseEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of every event about a case: its identifiers, and the status and `next` after the event."""

    case_id: str
    reference: str
    status: str
    next: Next
    organization_id: str | None = None
    agency_reference: str | None = None


class VisitEvent(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of every event about a visit: its current state. Times are RFC 3339 in UTC; the period is half-open."""

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
    """An agency's referral was received and stored."""

    department: str
    urgency: str
    languages: tuple[Language, ...] = ()


@event("intake.case.registered.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseRegistered(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The front desk registered a case."""

    channel: str
    department: str
    urgency: str


@event("intake.case.review_started.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseReviewStarted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The front desk started to review the case."""


@event("intake.case.information_requested.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseInformationRequested(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The front desk asked the referrer for information; the question's text is in the case's messages."""


@event("intake.case.information_provided.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseInformationProvided(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The requested information was provided by the agency, or recorded by the front desk."""


@event("intake.case.accepted.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseAccepted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The hospital accepted the patient."""

    patient_id: str


@event("intake.case.scheduled.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseScheduled(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The first visit of the case was booked."""


@event("intake.case.unscheduled.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseUnscheduled(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The case has no booked visit left; its status is `accepted` again."""


@event("intake.case.care_started.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseCareStarted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The patient arrived for the first time."""


@event("intake.case.updated.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseUpdated(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The case was edited; `fields` names the changed fields, never their values."""

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
    """The front desk refused a requested cancellation."""


@event("intake.case.cancelled.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseCancelled(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The case was cancelled with all its booked visits (each publishes visit.cancelled)."""

    reason: str
    wanted_by: str


@event("intake.case.reopened.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseReopened(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A closed case was reopened."""


@event("intake.case.completed.v1", subject="case", consumers=NOTIFY_ONLY)
class CaseCompleted(CaseEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The case was completed."""

    outcome: str


@event("intake.visit.booked.v1", subject="case", consumers=("interpreting", "notify"))
class VisitBooked(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A visit was booked; `on_demand` is true for a walk-in, who needs an interpreter immediately."""

    on_demand: bool = False


@event("intake.visit.rescheduled.v1", subject="case", consumers=("interpreting", "notify"))
class VisitRescheduled(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The visit was moved to another time."""

    wanted_by: str
    previous_start: str
    previous_end: str


@event("intake.visit.updated.v1", subject="case", consumers=("interpreting",))
class VisitUpdated(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Place, modality or interpreter need changed; the period did not."""

    fields: tuple[str, ...]


@event("intake.visit.cancelled.v1", subject="case", consumers=("interpreting", "notify"))
class VisitCancelled(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The visit was cancelled."""

    reason: str
    wanted_by: str


@event("intake.visit.arrived.v1", subject="case", consumers=("interpreting",))
class VisitArrived(VisitEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The patient arrived for the visit."""


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
    """The front desk corrected a wrong status: `visit_status` is the current one, `corrected_from` the one before."""

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
    """A message between agency and hospital was posted; its text stays in intake. `sent_by` is `agency` or `hospital`."""

    message_id: str
    sent_by: str


class PatientEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A patient of the hospital, by id only."""

    patient_id: str


@event("intake.patient.registered.v1", subject="patient", no_consumers_because="patients' data stay in intake")
class PatientRegistered(PatientEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A new patient was registered."""


@event("intake.patient.merged.v1", subject="patient", no_consumers_because="patients' data stay in intake")
class PatientMerged(PatientEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Two records of the same person were merged: the cases of `patient_id` now belong to `into`."""

    into: str


@event("intake.patient.unmerged.v1", subject="patient", no_consumers_because="patients' data stay in intake")
class PatientUnmerged(PatientEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A merge was undone: `patient_id` has its cases back from `out_of`."""

    out_of: str
