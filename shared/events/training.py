"""Events published by training: programmes, applications from draft to decision, placements from confirmation to certificate.

No event contains an applicant's name, birth date, contact or document: only ids, references, codes, countries and days.
"""

import msgspec

from shared.events.language import Event, Next, event

NOTIFY = ("notify",)
PLACED = ("notify", "partners")
"""What counts an exchange: partners keep whom they sent us, and whom we sent them."""


class Period(msgspec.Struct, frozen=True, omit_defaults=True):
    """A window with places: `slots` nominations (a group takes one), `group_size` people at most in one; days ISO, both included."""

    period_id: str
    first_day: str
    last_day: str
    slots: int
    group_size: int = 1


class ProgrammeEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A programme as it now is; `titles` by language."""

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
    """Made, not yet to be seen."""


@event("training.programme.updated.v1", subject="programme", no_consumers_because="who applies reads it in training")
class ProgrammeUpdated(ProgrammeEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Its texts, periods, papers or reviewers changed."""

    fields: tuple[str, ...] = ()


@event("training.programme.published.v1", subject="programme", no_consumers_because="who applies reads it in training")
class ProgrammePublished(ProgrammeEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Open to applications from now on."""


@event("training.programme.closed.v1", subject="programme", no_consumers_because="who applies reads it in training")
class ProgrammeClosed(ProgrammeEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Takes no applications any more."""


@event(
    "training.department_places.changed.v1",
    subject="department_places",
    no_consumers_because="who plans reads it in training",
)
class DepartmentPlacesChanged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """How many people a department takes on a day, over all programmes; None: as many as its programmes state."""

    department: str
    per_day: int | None = None


class ApplicationEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An application as it now is. Days are the hospital's (ISO 8601), both included; `direction` is `in` or `out`.

    `country` is where the person comes from, for `out` where they go; `organization_id` the partner who sends or receives.
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
    """A draft is there; its link goes to who began it, unless too much mail was asked for (`mailed`)."""

    mailed: bool = True


@event("training.application.link_asked.v1", subject="application", consumers=NOTIFY)
class ApplicationLinkAsked(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A new link goes to the applicant, who asked for it, or to whom the office sends it; those before it end."""


@event(
    "training.application.links_ended.v1",
    subject="application",
    no_consumers_because="what a link opens training alone decides, whenever one is opened",
)
class ApplicationLinksEnded(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The office ended every link of it that was ever sent."""


@event("training.application.updated.v1", subject="application", consumers=PLACED)
class ApplicationUpdated(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Facts, dates or papers' rules changed; `fields` names them."""

    fields: tuple[str, ...] = ()


@event("training.application.submitted.v1", subject="application", consumers=PLACED)
class ApplicationSubmitted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Handed in."""


@event("training.application.check_started.v1", subject="application", consumers=PLACED)
class ApplicationCheckStarted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Its papers are looked at, for the first time or after it came back."""


@event("training.application.returned.v1", subject="application", consumers=NOTIFY)
class ApplicationReturned(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Something is missing or wrong: the applicant's turn."""

    papers: tuple[str, ...] = ()


@event("training.application.review_started.v1", subject="application", consumers=NOTIFY)
class ApplicationReviewStarted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The papers are in order; reviewers are asked. `steps` names whose turn it is, `reviewers` the accounts named for a
    step; whoever has its role where there are none, a department's in one of `departments` (any, where there are none)."""

    steps: tuple[str, ...] = ()
    reviewers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    departments: tuple[str, ...] = ()


@event("training.application.reviewed.v1", subject="application", consumers=NOTIFY)
class ApplicationReviewed(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A reviewer answered for a step; `steps` names whose turn it is now, `asked_before` those of them who knew it already."""

    step: str
    verdict: str
    steps: tuple[str, ...] = ()
    asked_before: tuple[str, ...] = ()
    reviewers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    departments: tuple[str, ...] = ()


@event("training.application.accepted.v1", subject="application", consumers=PLACED)
class ApplicationAccepted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Holds a place from now on; `announced` where the applicant is told at once."""

    conditional: bool = False
    from_waiting_list: bool = False
    announced: bool = False
    answer_by: str | None = None


@event("training.application.waitlisted.v1", subject="application", consumers=NOTIFY)
class ApplicationWaitlisted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Good enough, but no place is free; `position` counts from 1."""

    position: int = 1


@event("training.application.rejected.v1", subject="application", consumers=PLACED)
class ApplicationRejected(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Decided against, or a condition was not met; `announced` where the applicant is told at once."""

    reason: str
    announced: bool = False


@event("training.application.announced.v1", subject="application", consumers=NOTIFY)
class ApplicationAnnounced(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant is told what was decided: `accepted`, `waitlisted` or `rejected`; an answer is awaited until `answer_by`."""

    outcome: str
    conditional: bool = False
    answer_by: str | None = None


@event("training.application.lapsed.v1", subject="application", consumers=PLACED)
class ApplicationLapsed(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The offer was not answered in time; its place is free."""


@event("training.application.withdrawn.v1", subject="application", consumers=PLACED)
class ApplicationWithdrawn(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant, or the hospital for them, took it back; from which status."""

    reason: str
    previous_status: str | None = None


@event("training.application.overdue.v1", subject="application", consumers=NOTIFY)
class ApplicationOverdue(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Nobody did what is next in time: a check, a review, a decision, a condition (`what`)."""

    what: str


@event("training.application.chased.v1", subject="application", consumers=NOTIFY)
class ApplicationChased(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant is reminded of these papers."""

    papers: tuple[str, ...] = ()


@event("training.application.held.v1", subject="application", consumers=NOTIFY)
class ApplicationHeld(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """It may not start: its agreement does not stand for the whole stay (`reason`)."""

    reason: str


@event("training.application.released.v1", subject="application", consumers=NOTIFY)
class ApplicationReleased(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """It may start again: the agreement stands, or none is needed."""


@event("training.paper.received.v1", subject="application", consumers=NOTIFY)
class PaperReceived(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A paper came in, from the applicant or brought in by the hospital (`sent_by`); `requirement` is the code of its rule."""

    paper_id: str
    requirement: str
    sent_by: str = "applicant"


@event("training.paper.accepted.v1", subject="application", consumers=NOTIFY)
class PaperAccepted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A paper was found in order."""

    paper_id: str
    requirement: str


@event("training.paper.refused.v1", subject="application", consumers=NOTIFY)
class PaperRefused(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """A paper was not taken, and another is asked for; the reason is the applicant's to read, not in here."""

    paper_id: str
    requirement: str


@event("training.placement.confirmed.v1", subject="application", consumers=PLACED)
class PlacementConfirmed(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The applicant takes the place."""


@event("training.placement.deferred.v1", subject="application", consumers=PLACED)
class PlacementDeferred(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Moved to another time, whose place was claimed before the old one was let go."""

    previous_period_id: str | None = None
    previous_first_day: str | None = None
    previous_last_day: str | None = None


@event("training.placement.started.v1", subject="application", consumers=PLACED)
class PlacementStarted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Here, or there: the training begins."""


@event("training.placement.completed.v1", subject="application", consumers=PLACED)
class PlacementCompleted(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Done; `days` were attended."""

    days: int = 0


@event("training.placement.no_show.v1", subject="application", consumers=PLACED)
class PlacementNoShow(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Did not come."""


@event("training.placement.terminated.v1", subject="application", consumers=PLACED)
class PlacementTerminated(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Ended before its time; `days` were attended."""

    reason: str
    days: int = 0


@event(
    "training.attendance.recorded.v1",
    subject="application",
    no_consumers_because="read in training, counted at completion",
)
class AttendanceRecorded(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Who was there on a day: `present`, `half` or `absent`."""

    day: str
    attended: str


@event("training.evaluation.recorded.v1", subject="application", no_consumers_because="read in training alone")
class EvaluationRecorded(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """`of` is `trainee` (by the department) or `programme` (by the trainee)."""

    of: str


@event("training.report.received.v1", subject="application", consumers=NOTIFY)
class ReportReceived(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The report asked for at the end is in."""


@event("training.certificate.issued.v1", subject="application", consumers=NOTIFY)
class CertificateIssued(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """The certificate lies ready; its code is not in here."""

    certificate_id: str


@event("training.safety.asked.v1", subject="application", consumers=NOTIFY)
class SafetyAsked(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Something happened in a country: are you safe? `asking_id` names the round."""

    asking_id: str


@event("training.safety.answered.v1", subject="application", consumers=NOTIFY)
class SafetyAnswered(ApplicationEvent, frozen=True, kw_only=True, omit_defaults=True):
    """`answer` is `safe` or `need_help`."""

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
    """A partner nominates people for one period; who they are follows."""


@event(
    "training.group.joined.v1", subject="group", no_consumers_because="each of its people's applications is consumed"
)
class GroupJoined(GroupEvent, frozen=True, kw_only=True, omit_defaults=True):
    """So many people were added to it."""

    people: int


@event("training.batch.asked.v1", subject="batch", no_consumers_because="read in training alone")
class BatchAsked(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A paper of one kind is to be made for everybody of a group."""

    batch_id: str
    group_id: str
    kind: str
    people: int


@event("training.batch.made.v1", subject="batch", no_consumers_because="read in training alone")
class BatchMade(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The papers lie ready; `left_out` people have none."""

    batch_id: str
    group_id: str
    kind: str
    left_out: int = 0


@event("training.safety.round_begun.v1", subject="asking", no_consumers_because="each application asked is consumed")
class SafetyRoundBegun(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Everybody of ours in a country (ISO 3166-1 alpha-2) is asked whether they are safe."""

    asking_id: str
    country: str
    people: int
