"""An applicant's page behind a signed link: where it stands, the steps of a draft, papers, what is answered later. Nothing is changed here.

One step is shown at a time, so that saving one loses nothing typed in another. Not here: how it looks to the house.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response

from services.training.actions import applicant_views, application_records, directory, programmes
from services.training.actions.applicant_views import ApplicantView
from services.training.current import dependencies
from services.training.pages import paper_words, telling
from services.training.pages.catalogue import tools
from services.training.pages.opening import behind_links, has_answered, is_known, open_link, question_of
from services.training.rules import applicant_rows, people, states
from services.training.rules.applicant_rows import DocumentRow
from services.training.rules.codes import PROFESSIONS, SEXES
from services.training.rules.documents import stay_report
from services.training.rules.documents.passports import Fault
from services.training.rules.documents.requirements import RequirementStatus
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Period, Programme
from services.training.schemas.fields import LANGUAGES
from services.training.schemas.forms.applicants import MAX_ROTATIONS, QUESTIONS, ApplicantForm, PlanForm, StepFilter
from shared.sealing import Unreadable
from shared.signed_links import NoSuchLink
from shared.ui import dates
from shared.ui.blueprint import pages_blueprint
from shared.ui.shell import page
from shared.ui.showing import fragment, show
from shared.web.access import public, query

Document = dict[str, Any]
blp = behind_links(pages_blueprint("training", __file__))
HOME = "/training/application"
STEPS = ("you", "plan", "papers", "send")
FIELDS = {"you": tuple(ApplicantForm().fields), "plan": tuple(PlanForm().fields)}
ROTATIONS = 3
"""Rows for rotations beyond those there are."""


# the page


@blp.get("/application/<token>")
@public()
@query(StepFilter)
def application_page(token: str, query: Document) -> Response:
    """Where it stands, and what there is to do."""
    seen = seen_by(token)
    known = is_known(seen.application)
    common = {
        "known": known,
        "answered": has_answered(seen.application),
        "question": None if known else question_of(seen.application),
        "seen": seen,
        "token": token,
        "here": f"{HOME}/{token}",
        "head": _head(seen),
        **tools(),
        **_paper_tools(seen, known),
        **_rows(seen),
        "hints": [hint_words(fault) for fault in seen.hints],
    }
    if seen.editable:
        return show("training/public/draft.html", **common, **_step(seen, query["step"]))
    return show("training/public/status.html", **common, **_after(seen))


def seen_by(token: str) -> ApplicantView:
    now: datetime = page().request_context.now
    application = open_link(token)
    programme = programmes.find_programme(dependencies(), application["programme_id"])
    try:
        return applicant_views.applicant_view(dependencies(), application, programme, now)
    except Unreadable:  # whoever it was is erased
        raise NoSuchLink() from None


def _head(seen: ApplicantView) -> str:
    """Where it stands, whose turn it is, by when: one sentence."""
    t, by = page().t, telling.day(seen.by) if isinstance(seen.by, str) else seen.by and telling.moment(seen.by)
    if seen.state == states.DRAFT and seen.programme["status"] != states.PUBLISHED:
        return t("apply.closed")
    if seen.state == states.DRAFT and programmes.is_past_deadline(seen.programme, page().request_context.now):
        return t("apply.late", by=by)
    if seen.state == states.CONFIRMED and not seen.open_documents:
        return t("apply.ready", by=by)
    return t(f"apply.stands.{seen.state}", by=by) if by else t(f"apply.stands_undated.{seen.state}")


def _step(seen: ApplicantView, wanted: str | None) -> Document:
    """The step that is shown: the one a form came back to, the one asked for, else the first with something to do."""
    open_ = {step: sum(1 for pointer, _ in seen.missing if _field_of(pointer)[0] == step) for step in FIELDS}
    open_["papers"] = len(seen.lacking)
    refused = page().refused
    came = refused.action.removeprefix(HOME).split("/")[2] if refused else None
    step = came if came in STEPS else wanted or next((one for one in STEPS if open_.get(one)), "send")
    return {
        "step": step,
        "steps": [(one, open_.get(one, 0)) for one in STEPS],
        "missing": [_missing(pointer, detail) for pointer, detail in sorted(seen.missing, key=_place)],
        "written": _written(seen),
        "choices": _choices(seen.programme),
        "rows_of_rotations": min(len(seen.application["rotations"]) + ROTATIONS, MAX_ROTATIONS),
        "ready": not seen.missing and not seen.lacking,
    }


def _written(seen: ApplicantView) -> Document:
    rotations = applicant_rows.planned_rotations(seen.application, seen.programme)
    return {**seen.body, "language": seen.application["language"], "rotations": rotations}


def _choices(programme: Programme) -> Document:
    t, departments = page().t, directory.listed_departments(dependencies(), page().reader.language)
    periods = [(one["id"], _period(one)) for one in programme["periods"]]
    return {
        "sexes": [(code, t(f"apply.sex.{code}")) for code in SEXES],
        "professions": [(code, page().t(f"profession.{code}")) for code in programme["professions"] or PROFESSIONS],
        "languages": [(tag, t(f"language.{tag}")) for tag in LANGUAGES],
        "schemes": telling.schemes(),
        "periods": periods,
        "departments": sorted(departments, key=lambda pair: pair[1]),
    }


def _period(period: Period) -> str:
    told = telling.days(period["from"], period["until"])
    if not period["professions"]:
        return told
    who = page().t("paper.comma").join(page().t(f"profession.{code}") for code in period["professions"])
    return page().t("apply.period_for", days=told, who=who)


def _field_of(pointer: str) -> tuple[str, str]:
    """(step, field) of a fault of the written part."""
    path = pointer.removeprefix("#/").split("/")
    step = "you" if path[0] in FIELDS["you"] else "plan"
    inside = {"name": "name.latin", "emergency_contact": "emergency_contact.name"}.get(path[0], path[0])
    if path[0] == "rotations":
        inside = f"rotations.{path[1] if len(path) > 1 else 0}.department"
    return step, inside


def _place(fault: tuple[str, str]) -> tuple[int, int]:
    """Faults in the order of the forms."""
    step, name = _field_of(fault[0])
    return STEPS.index(step), FIELDS[step].index(name.partition(".")[0])


def _missing(pointer: str, detail: str) -> Document:
    """A line of the summary: what is missing, leading to its field."""
    step, name = _field_of(pointer)
    told = page().shell.catalogue.expected(page().reader.language, detail)
    if name == "profession" and detail.startswith("expected one of "):
        told = page().t("apply.profession_not_meant")
    anchor = f"{step}-{name}".replace(".", "-")
    return {"label": page().t(f"apply.field.{name.partition('.')[0]}"), "words": told, "to": f"?step={step}#{anchor}"}


def hint_words(fault: Fault) -> str:
    """What would refuse the start one day, to who can mend it."""
    told = {
        name: telling.day(value.isoformat()) if isinstance(value, date) else value
        for name, value in fault.params.items()
    }
    return page().t(f"apply.hint.{fault.code}", **told)


def _day_hints(seen: ApplicantView) -> Callable[[str], str]:
    """An example of a day of its own kind: nobody is born next year, no stay was in 1990."""
    today, application = application_records.today_of(dependencies(), page().request_context.now), seen.application
    since, until = application.get("first_day"), application.get("last_day")
    first = date.fromisoformat(since) if since else _in_period(seen, today)
    examples = {
        "birth": date(1990, 5, 17),
        "first_day": first,
        "last_day": date.fromisoformat(until) if until else first + timedelta(days=14),
        "expires_on": date(today.year + 4, 4, 30),
        "licensed_on": date(today.year - 8, 4, 1),
        "done": today - timedelta(days=20),
        "valid_from": first,
        "valid_until": date.fromisoformat(until) if until else first + timedelta(days=30),
    }

    def hint(kind: str) -> str:
        day = examples.get(kind, examples["done"]).isoformat()
        return page().t("apply.label.day_hint", iso=day, plain=dates.partial_day(day, page().reader.language))

    return hint


def _in_period(seen: ApplicantView, today: date) -> date:
    """A day of a period that may still be applied for."""
    known = [date.fromisoformat(one["from"]) for one in seen.programme["periods"]]
    return min((day for day in known if day > today), default=today + timedelta(days=90))


def _paper_tools(seen: ApplicantView, known: bool) -> Document:
    return {
        "day_hint": _day_hints(seen),
        "requirement_name": paper_words.requirement_name,
        "rule_words": paper_words.rule_words,
        "standing_words": paper_words.standing_words if known else _standing_without_why,
        "dates_asked": lambda row: [
            *row.requirement.validity.dates,
            *(("titre_on",) if row.requirement.validity.or_titre else ()),
        ],
        "may_upload": _may_upload,
        "came_back": _came_back,
    }


def _standing_without_why(standing: RequirementStatus) -> str:
    """What the house wrote about a paper is for who is known."""
    return paper_words.standing_words(replace(standing, reason=None) if standing.state == "refused" else standing)


def _rows(seen: ApplicantView) -> Document:
    """Papers to be shown one by one, and those only told of: nobody has to bring them before a place is offered."""
    if seen.state in states.OVER:
        asked = [row for row in seen.rows if row.documents or row.requirement.code == stay_report.CODE]
        return {"now_rows": asked, "later_rows": []}
    needed = [row for row in seen.rows if row.status.state != "not_needed" or row.documents]
    offered = seen.state in states.WITH_PLACE
    now = [row for row in needed if offered or row.documents or row.requirement.stage != "post_decision"]
    return {"now_rows": now, "later_rows": [row for row in needed if row not in now]}


def _came_back(row: DocumentRow) -> bool:
    """Whether it is this paper's form that was refused."""
    refused = page().refused
    return refused is not None and refused.action.endswith(f"/papers/{row.requirement.code}")


def _may_upload(seen: ApplicantView, row: DocumentRow) -> bool:
    if row.requirement.code == stay_report.CODE:
        return seen.state in (states.ACTIVE, states.COMPLETED)
    mine = row.requirement.owner == "applicant" and row.status.state not in ("accepted", "not_needed")
    return mine and seen.state not in states.OVER


def _after(seen: ApplicantView) -> Document:
    """What a page of an application that is handed in has beside its papers."""
    allowed = states.applicant_commands(seen.application)
    decision = seen.application["decision"]
    return {
        "offered": any(command in allowed for command in ("confirm", "reconfirm")) and seen.state in (states.ACCEPTED, states.DEFERRED),
        "may_withdraw": seen.state in states.WITHDRAWABLE,
        "reason": decision["reason"] if decision and seen.state == states.REJECTED else None,
        "questions": QUESTIONS,
        "evaluation": applicant_views.evaluation_of(dependencies(), seen.application),
        "may_evaluate": seen.state in (states.ACTIVE, states.COMPLETED),
        "certificate": _certificate(seen.application),
        "conditions": list(seen.application["conditions"]) if seen.state in states.WITH_PLACE else [],
        "held": bool(seen.application["hold"]) and seen.state in states.BEFORE_START,
        "may_add": seen.state not in states.OVER,
        "later": {name: seen.body.get(name) for name in people.EDITABLE_LATER},
        "schemes": telling.schemes(),
    }  # fmt: skip


def _certificate(application: Application) -> str | None:
    """`making`, `ready`, or None where none is due."""
    certificate = application.get("certificate")
    if application["status"] != states.COMPLETED or not certificate:
        return None
    return "ready" if certificate["issued_at"] and certificate["file"] else "making"


@blp.get("/fragments/application/<token>/certificate")
@public()
def certificate_part(token: str) -> Response:
    """Whether it is made yet, live."""
    application = open_link(token)
    told = {"certificate": _certificate(application), "here": f"{HOME}/{token}"}
    return fragment("training/public/parts/certificate.html", **told)
