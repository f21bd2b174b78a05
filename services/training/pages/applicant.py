"""The applicant's page behind a signed link: the state of the application, the steps of a draft, documents, feedback. It changes nothing.

One step is shown at a time, so that saving a step loses nothing typed in another. Not here: the commands (applicant_commands.py).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response

from services.training.actions import applicant_views, application_records, directory, programmes
from services.training.actions.applicant_views import ApplicantView
from services.training.current import dependencies
from services.training.pages import document_text, formats
from services.training.pages.catalogue import template_context
from services.training.pages.link_access import (
    has_passed_check,
    identity_question,
    is_identified,
    open_link,
    with_link_access,
)
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
blp = with_link_access(pages_blueprint("training", __file__))
HOME = "/training/application"
STEPS = ("you", "plan", "papers", "send")
FIELDS = {"you": tuple(ApplicantForm().fields), "plan": tuple(PlanForm().fields)}
SPARE_ROTATIONS = 3
"""Empty rows for more rotations."""


@blp.get("/application/<token>")
@public()
@query(StepFilter)
def application_page(token: str, query: Document) -> Response:
    """Shows the state of the application and what the applicant can do."""
    view = load_view(token)
    identified = is_identified(view.application)
    common = {
        "identified": identified,
        "check_passed": has_passed_check(view.application),
        "question": None if identified else identity_question(view.application),
        "view": view,
        "token": token,
        "here": f"{HOME}/{token}",
        "headline": _headline(view),
        **template_context(),
        **_document_context(view, identified),
        **_document_rows(view),
        "hints": [hint_text(fault) for fault in view.hints],
    }
    if view.editable:
        return show("training/public/draft.html", **common, **_step_context(view, query["step"]))
    return show("training/public/status.html", **common, **_status_context(view))


def load_view(token: str) -> ApplicantView:
    """Returns the application as its applicant may see it. Raises NoSuchLink."""
    now: datetime = page().request_context.now
    application = open_link(token)
    programme = programmes.find_programme(dependencies(), application["programme_id"])
    try:
        return applicant_views.applicant_view(dependencies(), application, programme, now)
    except Unreadable:  # the personal data are erased
        raise NoSuchLink() from None


def _headline(view: ApplicantView) -> str:
    """Returns one sentence: the state of the application, who has to act, and by when."""
    t, by = (
        page().t,
        formats.format_day(view.by) if isinstance(view.by, str) else view.by and formats.format_moment(view.by),
    )
    if view.state == states.DRAFT and view.programme["status"] != states.PUBLISHED:
        return t("apply.closed")
    if view.state == states.DRAFT and programmes.is_past_deadline(view.programme, page().request_context.now):
        return t("apply.deadline_passed", by=by)
    if view.state == states.CONFIRMED and not view.open_documents:
        return t("apply.ready", by=by)
    return t(f"apply.status.{view.state}", by=by) if by else t(f"apply.status_undated.{view.state}")


def _step_context(view: ApplicantView, wanted: str | None) -> Document:
    """Returns the context of one step: that of a rejected form, else the requested one, else the first with something to do."""
    open_ = {step: sum(1 for pointer, _ in view.missing if _field_of(pointer)[0] == step) for step in FIELDS}
    open_["papers"] = len(view.lacking)
    refused = page().refused
    rejected_step = refused.action.removeprefix(HOME).split("/")[2] if refused else None
    step = rejected_step if rejected_step in STEPS else wanted or next((one for one in STEPS if open_.get(one)), "send")
    return {
        "step": step,
        "steps": [(one, open_.get(one, 0)) for one in STEPS],
        "missing_answers": [
            _missing_answer(pointer, detail) for pointer, detail in sorted(view.missing, key=_field_order)
        ],
        "written": _form_values(view),
        "choices": _form_choices(view.programme),
        "rotation_rows": min(len(view.application["rotations"]) + SPARE_ROTATIONS, MAX_ROTATIONS),
        "ready": not view.missing and not view.lacking,
    }


def _form_values(view: ApplicantView) -> Document:
    rotations = applicant_rows.planned_rotations(view.application, view.programme)
    return {**view.body, "language": view.application["language"], "rotations": rotations}


def _form_choices(programme: Programme) -> Document:
    t, departments = page().t, directory.listed_departments(dependencies(), page().reader.language)
    periods = [(one["id"], _period_label(one)) for one in programme["periods"]]
    return {
        "sexes": [(code, t(f"apply.sex.{code}")) for code in SEXES],
        "professions": [(code, page().t(f"profession.{code}")) for code in programme["professions"] or PROFESSIONS],
        "languages": [(tag, t(f"language.{tag}")) for tag in LANGUAGES],
        "schemes": formats.exempt_schemes(),
        "periods": periods,
        "departments": sorted(departments, key=lambda pair: pair[1]),
    }


def _period_label(period: Period) -> str:
    dates_text = formats.format_dates(period["from"], period["until"])
    if not period["professions"]:
        return dates_text
    who = page().t("document.comma").join(page().t(f"profession.{code}") for code in period["professions"])
    return page().t("apply.period_for", days=dates_text, who=who)


def _field_of(pointer: str) -> tuple[str, str]:
    """Returns (step, field) of a fault in the answers."""
    path = pointer.removeprefix("#/").split("/")
    step = "you" if path[0] in FIELDS["you"] else "plan"
    field = {"name": "name.latin", "emergency_contact": "emergency_contact.name"}.get(path[0], path[0])
    if path[0] == "rotations":
        field = f"rotations.{path[1] if len(path) > 1 else 0}.department"
    return step, field


def _field_order(fault: tuple[str, str]) -> tuple[int, int]:
    """Sort key that puts faults in the order of the forms."""
    step, name = _field_of(fault[0])
    return STEPS.index(step), FIELDS[step].index(name.partition(".")[0])


def _missing_answer(pointer: str, detail: str) -> Document:
    """Returns a line of the summary: what is missing, with a link to its field."""
    step, name = _field_of(pointer)
    text = page().shell.catalogue.expected(page().reader.language, detail)
    if name == "profession" and detail.startswith("expected one of "):
        text = page().t("apply.other_profession")
    anchor = f"{step}-{name}".replace(".", "-")
    return {"label": page().t(f"apply.field.{name.partition('.')[0]}"), "words": text, "to": f"?step={step}#{anchor}"}


def hint_text(fault: Fault) -> str:
    """Returns the text of a fault that would prevent the start, for the applicant, who can correct it in time."""
    params = {
        name: formats.format_day(value.isoformat()) if isinstance(value, date) else value
        for name, value in fault.params.items()
    }
    return page().t(f"apply.hint.{fault.code}", **params)


def _day_hints(view: ApplicantView) -> Callable[[str], str]:
    """Returns a function that gives an example day for each kind of field: no birth date next year, no stay in 1990."""
    today, application = application_records.today_of(dependencies(), page().request_context.now), view.application
    since, until = application.get("first_day"), application.get("last_day")
    first = date.fromisoformat(since) if since else _day_in_period(view, today)
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


def _day_in_period(view: ApplicantView, today: date) -> date:
    """Returns the first day of the next period, as an example."""
    starts = [date.fromisoformat(one["from"]) for one in view.programme["periods"]]
    return min((day for day in starts if day > today), default=today + timedelta(days=90))


def _document_context(view: ApplicantView, identified: bool) -> Document:
    return {
        "day_hint": _day_hints(view),
        "requirement_name": document_text.requirement_name,
        "rule_texts": document_text.rule_texts,
        "status_text": document_text.status_text if identified else _status_without_reason,
        "date_fields": lambda row: [
            *row.requirement.validity.dates,
            *(("titre_on",) if row.requirement.validity.or_titre else ()),
        ],
        "can_upload": _can_upload,
        "was_rejected": _was_rejected,
    }


def _status_without_reason(standing: RequirementStatus) -> str:
    """Returns the status text without the office's reason for a rejection: it is shown after the identity check only."""
    return document_text.status_text(replace(standing, reason=None) if standing.state == "refused" else standing)


def _document_rows(view: ApplicantView) -> Document:
    """Returns the documents with a form each, and those only listed because they are needed after an offer."""
    if view.state in states.OVER:
        rows = [row for row in view.rows if row.documents or row.requirement.code == stay_report.CODE]
        return {"document_rows": rows, "later_documents": []}
    needed = [row for row in view.rows if row.status.state != "not_needed" or row.documents]
    has_place = view.state in states.WITH_PLACE
    shown = [row for row in needed if has_place or row.documents or row.requirement.stage != "post_decision"]
    return {"document_rows": shown, "later_documents": [row for row in needed if row not in shown]}


def _was_rejected(row: DocumentRow) -> bool:
    """Tells whether the rejected form is the one of this document."""
    refused = page().refused
    return refused is not None and refused.action.endswith(f"/papers/{row.requirement.code}")


def _can_upload(view: ApplicantView, row: DocumentRow) -> bool:
    if row.requirement.code == stay_report.CODE:
        return view.state in (states.ACTIVE, states.COMPLETED)
    expected = row.requirement.owner == "applicant" and row.status.state not in ("accepted", "not_needed")
    return expected and view.state not in states.OVER


def _status_context(view: ApplicantView) -> Document:
    """Returns the context of a submitted application, beside its documents."""
    allowed = states.applicant_commands(view.application)
    decision = view.application["decision"]
    return {
        "has_offer": any(command in allowed for command in ("confirm", "reconfirm")) and view.state in (states.ACCEPTED, states.DEFERRED),
        "can_withdraw": view.state in states.WITHDRAWABLE,
        "reason": decision["reason"] if decision and view.state == states.REJECTED else None,
        "questions": QUESTIONS,
        "evaluation": applicant_views.evaluation_of(dependencies(), view.application),
        "can_evaluate": view.state in (states.ACTIVE, states.COMPLETED),
        "certificate": _certificate_state(view.application),
        "conditions": list(view.application["conditions"]) if view.state in states.WITH_PLACE else [],
        "on_hold": bool(view.application["hold"]) and view.state in states.BEFORE_START,
        "can_add_details": view.state not in states.OVER,
        "details": {name: view.body.get(name) for name in people.EDITABLE_LATER},
        "schemes": formats.exempt_schemes(),
    }  # fmt: skip


def _certificate_state(application: Application) -> str | None:
    """Returns `making` or `ready`, or None where no certificate is due."""
    certificate = application.get("certificate")
    if application["status"] != states.COMPLETED or not certificate:
        return None
    return "ready" if certificate["issued_at"] and certificate["file"] else "making"


@blp.get("/fragments/application/<token>/certificate")
@public()
def certificate_part(token: str) -> Response:
    """Shows the state of the certificate; the browser refreshes it."""
    application = open_link(token)
    context = {"certificate": _certificate_state(application), "here": f"{HOME}/{token}"}
    return fragment("training/public/parts/certificate.html", **context)
