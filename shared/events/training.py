"""Events published by training: programmes, applications from draft to decision, placements from confirmation to certificate.

No event contains an applicant's name, birth date, contact or document: only ids, references, codes, countries and days.
"""

import msgspec

from shared.events.language import Event, Next, event

NOTIFY = ("notify",)
PLACED = ("notify", "partners")
"""The consumers of events that count towards a quota: partners records how many people each side sent."""


class Period(msgspec.Struct, frozen=True, omit_defaults=True):
    """A period with places: `slots` nominations (a group takes one) of at most `group_size` people; days are ISO 8601, both included."""

    period_id: str
    first_day: str
    last_day: str
    slots: int
    group_size: int = 1


class ProgrammeEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The current state of a programme; `titles` by language."""

    programme_id: str
    reference: str
    kind: str
    status: str
    titles: dict[str, str]
    department: str | None = None
    organization_id: str | None = None
    periods: tuple[Period, ...] = ()


@event("training.programme.drafted.v1", subject="programme", no_consumers_because="nobody outside sees a draft")
class ProgrammeDrafted(ProgrammeEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A programme was drafted; it is not published yet."""


@event("training.programme.updated.v1", subject="programme", no_consumers_because="who applies reads it in training")
class ProgrammeUpdated(ProgrammeEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The programme's texts, periods, required documents or reviewers changed."""

    fields: tuple[str, ...] = ()


@event("training.programme.published.v1", subject="programme", no_consumers_because="who applies reads it in training")
class ProgrammePublished(ProgrammeEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The programme accepts applications from now on."""


@event("training.programme.closed.v1", subject="programme", no_consumers_because="who applies reads it in training")
class ProgrammeClosed(ProgrammeEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The programme accepts no applications any more."""


@event(
    "training.department_places.changed.v1",
    subject="department_places",
    no_consumers_because="who plans reads it in training",
)
class DepartmentPlacesChanged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The number of people that a department takes a day over all programmes changed; null: only the limits of its programmes apply."""

    department: str
    per_day: int | None = None


class ApplicationEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The current state of an application. Days are the hospital's (ISO 8601), both included; `direction` is `in` or `out`.

    `country` is where the person comes from (`in`) or goes to (`out`); `organization_id` is the partner that sends or receives them.
    """

    application_id: str
    reference: str
    status: str
    next: Next
    programme_id: str
    kind: str
    direction: str = "in"
    period_id: str | None = None
    first_day: str | None = None
    last_day: str | None = None
    department: str | None = None
    profession: str | None = None
    country: str | None = None
    organization_id: str | None = None
    agreement_id: str | None = None
    group_id: str | None = None
    language: str = "en"


@event("training.application.started.v1", subject="application", consumers=NOTIFY)
class ApplicationStarted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An application was started; its link is mailed to the applicant unless the limit for mail is reached (`mailed`)."""

    mailed: bool = True


@event("training.application.link_asked.v1", subject="application", consumers=NOTIFY)
class ApplicationLinkAsked(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant or the office requested a new link, which is mailed to the applicant; earlier links are no longer valid."""


@event(
    "training.application.links_ended.v1",
    subject="application",
    no_consumers_because="only training checks links",
)
class ApplicationLinksEnded(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The office invalidated all links of the application."""


@event("training.application.updated.v1", subject="application", consumers=PLACED)
class ApplicationUpdated(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Data, dates or required documents changed; `fields` names the changed fields."""

    fields: tuple[str, ...] = ()


@event("training.application.submitted.v1", subject="application", consumers=PLACED)
class ApplicationSubmitted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The application was submitted."""


@event("training.application.check_started.v1", subject="application", consumers=PLACED)
class ApplicationCheckStarted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The check of the documents started, for the first time or after the application was returned."""


@event("training.application.returned.v1", subject="application", consumers=NOTIFY)
class ApplicationReturned(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The application was returned to the applicant: `papers` are missing or wrong."""

    papers: tuple[str, ...] = ()


@event("training.application.review_started.v1", subject="application", consumers=NOTIFY)
class ApplicationReviewStarted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The documents are in order and the review started. `steps` names the current steps, `reviewers` the accounts named for a
    step. A step without accounts is open to its role; a department's step to that role in `departments` (in all, if empty)."""

    steps: tuple[str, ...] = ()
    reviewers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    departments: tuple[str, ...] = ()


@event("training.application.reviewed.v1", subject="application", consumers=NOTIFY)
class ApplicationReviewed(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A reviewer answered a step; `steps` names the current steps, `asked_before` those of them that were notified earlier."""

    step: str
    verdict: str
    steps: tuple[str, ...] = ()
    asked_before: tuple[str, ...] = ()
    reviewers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    departments: tuple[str, ...] = ()


@event("training.application.accepted.v1", subject="application", consumers=PLACED)
class ApplicationAccepted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The application was accepted and has a place; `announced` is true if the applicant is notified immediately."""

    conditional: bool = False
    from_waiting_list: bool = False
    announced: bool = False
    answer_by: str | None = None


@event("training.application.waitlisted.v1", subject="application", consumers=NOTIFY)
class ApplicationWaitlisted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The application was put on the waiting list because no place is free; `position` counts from 1."""

    position: int = 1


@event("training.application.rejected.v1", subject="application", consumers=PLACED)
class ApplicationRejected(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The application was rejected, or a condition was not met; `announced` is true if the applicant is notified immediately."""

    reason: str
    announced: bool = False


@event("training.application.announced.v1", subject="application", consumers=NOTIFY)
class ApplicationAnnounced(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The decision was announced to the applicant: `accepted`, `waitlisted` or `rejected`; the answer is due by `answer_by`."""

    outcome: str
    conditional: bool = False
    answer_by: str | None = None


@event("training.application.lapsed.v1", subject="application", consumers=PLACED)
class ApplicationLapsed(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant did not answer the offer in time; the place is free again."""


@event("training.application.withdrawn.v1", subject="application", consumers=PLACED)
class ApplicationWithdrawn(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant, or the hospital for them, withdrew the application; `previous_status` is the status before."""

    reason: str
    previous_status: str | None = None


@event("training.application.overdue.v1", subject="application", consumers=NOTIFY)
class ApplicationOverdue(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The next step is overdue: a check, a review, a decision or a condition (`what`)."""

    what: str


@event("training.application.chased.v1", subject="application", consumers=NOTIFY)
class ApplicationChased(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant is reminded of the documents in `papers`."""

    papers: tuple[str, ...] = ()


@event("training.application.held.v1", subject="application", consumers=NOTIFY)
class ApplicationHeld(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The placement is on hold: no agreement is in force for the whole stay (`reason`)."""

    reason: str


@event("training.application.released.v1", subject="application", consumers=NOTIFY)
class ApplicationReleased(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The hold was released: the agreement is in force, or none is needed."""


@event("training.paper.received.v1", subject="application", consumers=NOTIFY)
class PaperReceived(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A document was uploaded by the applicant or the hospital (`sent_by`); `requirement` is the code of the requirement it meets."""

    paper_id: str
    requirement: str
    sent_by: str = "applicant"


@event("training.paper.accepted.v1", subject="application", consumers=NOTIFY)
class PaperAccepted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A document was accepted."""

    paper_id: str
    requirement: str


@event("training.paper.refused.v1", subject="application", consumers=NOTIFY)
class PaperRefused(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A document was rejected and another one is requested; only the applicant reads the reason, so the event does not contain it."""

    paper_id: str
    requirement: str


@event("training.placement.confirmed.v1", subject="application", consumers=PLACED)
class PlacementConfirmed(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant confirmed the place."""


@event("training.placement.deferred.v1", subject="application", consumers=PLACED)
class PlacementDeferred(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The placement was moved to another time; the new place was claimed before the old one was released."""

    previous_period_id: str | None = None
    previous_first_day: str | None = None
    previous_last_day: str | None = None


@event("training.placement.started.v1", subject="application", consumers=PLACED)
class PlacementStarted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The placement started, here or at the partner."""


@event("training.placement.completed.v1", subject="application", consumers=PLACED)
class PlacementCompleted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The placement was completed; `days` were attended."""

    days: int = 0


@event("training.placement.no_show.v1", subject="application", consumers=PLACED)
class PlacementNoShow(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The person did not come."""


@event("training.placement.terminated.v1", subject="application", consumers=PLACED)
class PlacementTerminated(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The placement ended early; `days` were attended."""

    reason: str
    days: int = 0


@event(
    "training.attendance.recorded.v1",
    subject="application",
    no_consumers_because="read in training, counted at completion",
)
class AttendanceRecorded(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Attendance on a day was recorded: `present`, `half` or `absent`."""

    day: str
    attended: str


@event("training.evaluation.recorded.v1", subject="application", no_consumers_because="read in training alone")
class EvaluationRecorded(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An evaluation was recorded; `of` is `trainee` (by the department) or `programme` (by the trainee)."""

    of: str


@event("training.report.received.v1", subject="application", consumers=NOTIFY)
class ReportReceived(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The final report was received."""


@event("training.certificate.issued.v1", subject="application", consumers=NOTIFY)
class CertificateIssued(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A certificate was issued; the event does not contain its verification code."""

    certificate_id: str


@event("training.safety.asked.v1", subject="application", consumers=NOTIFY)
class SafetyAsked(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A person was asked whether they are safe after an incident in their country; `asking_id` names the round."""

    asking_id: str


@event("training.safety.answered.v1", subject="application", consumers=NOTIFY)
class SafetyAnswered(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A person answered whether they are safe: `safe` or `need_help`."""

    asking_id: str
    answer: str


class GroupEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A nomination of several people, each with an application of their own."""

    group_id: str
    reference: str
    programme_id: str
    organization_id: str | None = None
    funder_id: str | None = None


@event("training.group.nominated.v1", subject="group", no_consumers_because="read in training alone")
class GroupNominated(GroupEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A partner nominated people for one period; training.group.joined follows for the people themselves."""


@event(
    "training.group.joined.v1", subject="group", no_consumers_because="each of its people's applications is consumed"
)
class GroupJoined(GroupEvent, frozen=True, kw_only=True, omit_defaults=True):
    """People were added to a nominated group; `people` is their number."""

    people: int


@event("training.batch.asked.v1", subject="batch", no_consumers_because="read in training alone")
class BatchAsked(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Letters or forms of one `kind` were requested for all people of a group."""

    batch_id: str
    group_id: str
    kind: str
    people: int


@event("training.batch.made.v1", subject="batch", no_consumers_because="read in training alone")
class BatchMade(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The letters or forms of a batch are ready; `left_out` people have none."""

    batch_id: str
    group_id: str
    kind: str
    left_out: int = 0


@event("training.safety.round_begun.v1", subject="asking", no_consumers_because="each application asked is consumed")
class SafetyRoundBegun(Event, frozen=True, kw_only=True, omit_defaults=True):
    """All our people in a country (ISO 3166-1 alpha-2) are asked whether they are safe."""

    asking_id: str
    country: str
    people: int
