"""The page of an application: next step, applicant, plan, documents, reviews, decision, agreement, attendance, history; refreshed live.

Readers see what their role allows: a department sees the person and the days of the stay, without contact details, passport and documents.
Not here: the commands (application_commands.py).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Response

from services.training.actions import access, application_records, application_views, directory, documents
from services.training.current import dependencies
from services.training.pages import formats, labels
from services.training.pages.document_text import status_text
from services.training.rules import board, hands_on, letters, people, places, readiness, states
from services.training.rules.codes import END_REASONS, WITHDRAW_REASONS
from services.training.rules.documents import requirements
from services.training.rules.documents.requirements import RequirementStatus
from services.training.rules.records.applications import Application
from services.training.rules.records.documents import DecryptedDocument
from services.training.rules.records.programmes import Programme
from services.training.schemas.forms.applications import QUESTIONS
from shared.ui.blueprint import pages_blueprint
from shared.ui.shell import page, t
from shared.ui.showing import fragment, show
from shared.web.access import rights
from shared.web.files import served
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = labels.HOME
DEPARTMENT_FIELDS = ("name", "sex", "institution", "position", "nationality", "profession", "language")
MAX_DAYS = 10
LETTERS = [kind for kind in letters.KINDS if kind != letters.CERTIFICATE]


@blp.get("/applications/<application_id>")
@rights("training", "chief", "department")
def application_page(application_id: str) -> Response:
    """Shows one application with all possible commands."""
    context = page_context(application_id)
    return show("training/application.html", **context, **_form_choices(context))


@blp.get("/fragments/applications/<application_id>")
@rights("training", "chief", "department")
def application_part(application_id: str) -> Response:
    """Shows the part of the page that is refreshed."""
    return fragment("training/parts/application.html", **page_context(application_id))


@blp.get("/applications/<application_id>/papers/<paper_id>")
@rights("training", "chief", "reviewer", "department")
def document_file(application_id: str, paper_id: str) -> Response:
    """Downloads a document. It is an attachment, so that no page displays it."""
    application = application_records.find_application(dependencies(), application_id)
    access.check_paper_readable(dependencies(), application, paper_id, caller())
    return served(*documents.document_content(dependencies(), application, paper_id))


def show_application(application_id: str) -> Response:
    """Shows the page again after a rejected command."""
    answer: Response = application_page(application_id)
    return answer


def page_context(application_id: str) -> Document:
    """Returns the context of the page and of its live part, as far as the reader may see it."""
    application = access.with_home(dependencies(), application_records.find_application(dependencies(), application_id))
    access.check_placed(dependencies(), application, caller())
    full_access = labels.has_role("training", "chief")
    today, programme = labels.today(), application_views.programme_of(dependencies(), application)
    key = dependencies().store.keyring.open(application_id)
    one, written = application_records.decrypted(application, key), application_records.body_under(key, application)
    rows = readiness.statuses(programme, one, today)
    allowed = board.allowed_commands(application, caller().roles, caller().departments)
    return {
        "application": application,
        "programme": programme,
        "period": next((p for p in programme["periods"] if p["id"] == application["period_id"]), None),
        "full_access": full_access,
        "chief": labels.has_role("chief"),
        "written": written
        if full_access
        else {name: written.get(name) for name in DEPARTMENT_FIELDS if name in written},
        "applicant_name": labels.display_name(written),
        "allowed": allowed,
        "primary": _primary_commands(application, allowed, today.isoformat()),
        "overdue": board.is_late(application, page().request_context.now),
        "faults": _start_faults(one, programme, rows, today),
        "overlaps": labels.overlapping_stays([application]).get(application_id, []),
        "movable": application["status"] in states.MOVABLE,
        "my_steps": access.answerable_steps(programme, application, caller()),
        "screening": readiness.screening_status(application) if full_access else None,
        "scheme_names": dict(formats.exempt_schemes()),
        "can_add": labels.has_role("training") and application["status"] not in states.OVER,
        "letters": [one for one in LETTERS if not letters.why_unavailable(application, one)],
        **_department_context(application, today),
        **_document_context(programme, one, rows if full_access else [], full_access),
        **_history_context(application, programme, full_access),
        **labels.template_context(),
    }


def _department_context(application: Application, today: date) -> Document:
    """Returns what a department records, as far as the reader may: the evaluation, and attendance on its own days."""
    own_days = [
        day.isoformat() for day in _days_until(application, today) if _is_in_department(application, day.isoformat())
    ]
    unrecorded = board.days_without_record(application, today - timedelta(days=1))
    missing = [day for day in unrecorded if day in own_days]
    return {
        "can_evaluate": _is_in_department(application),
        "missing_days": (unrecorded if labels.own_departments() is None else missing)[:MAX_DAYS],
        "can_record": application["status"] == states.ACTIVE and bool(own_days or labels.has_role("training")),
        "expected_today": today.isoformat() in own_days,
        "attendance_day": (missing or own_days[-1:] or [today.isoformat()])[0],
    }


def _days_until(application: Application, today: date) -> Iterator[date]:
    first, last = application["first_day"], application["last_day"]
    return places.days(first, min(last, today.isoformat())) if first and last else iter(())


def _is_in_department(application: Application, day: str | None = None) -> bool:
    return bool((board.WARD | {"admin"}) & access.roles_for(caller(), application, day))


def _document_context(
    programme: Programme, one: readiness.DecryptedApplication, rows: list[RequirementStatus], full_access: bool
) -> Document:
    uploaded: dict[str, list[DecryptedDocument]] = {}
    for paper in one.documents if full_access else ():
        uploaded.setdefault(paper["requirement"], []).append(paper)
    required = {row.code for row in rows}
    return {
        "document_statuses": rows,
        "status_text": status_text,
        "document_names": labels.document_names(programme),
        "uploaded": uploaded,
        "other_documents": [paper for code, found in uploaded.items() if code not in required for paper in found],
        "missing_documents": readiness.missing_codes(rows),
        "settled": requirements.SETTLED,
    }


def _history_context(application: Application, programme: Programme, full_access: bool) -> Document:
    events = application_views.history(dependencies(), application["_id"]) if full_access else []
    named = programme["review"].get("reviewers") or {}
    actors = [f"account:{id_}" for ids in named.values() for id_ in ids]
    partner = application.get("organization_id")
    actors += [one["by"] for one in application["reviews"]]
    return {
        "timeline": labels.timeline(events, programme),
        "named_reviewers": named,
        "usernames": directory.people(dependencies(), actors),
        "sealed": application_views.sealed_texts(dependencies(), application),
        "partner": directory.organizations(dependencies(), [partner]).get(partner or ""),
        "agreements": application_views.agreements_for(dependencies(), application) if full_access else [],
    }


def _primary_commands(application: Application, allowed: list[str], today: str) -> list[str]:
    """Returns the one or two commands of the next step. Training cannot start before its first day or be completed before its last."""
    next_commands = {
        states.SUBMITTED: ("check",),
        states.DOCUMENT_CHECK: ("review", "return"),
        states.UNDER_REVIEW: ("accept", "reject"),
        states.ACCEPTED: ("announce", "confirm"),
        states.WAITLISTED: ("announce", "accept"),
        states.REJECTED: ("announce",),
        states.CONFIRMED: ("start",),
        states.DEFERRED: ("reconfirm",),
        states.ACTIVE: ("complete",),
    }.get(application["status"], ())
    if application["status"] == states.UNDER_REVIEW and application["asked_steps"]:
        return []
    too_early = {"confirm", "accept"} if states.is_unannounced(application) else set()
    too_early |= {"start"} if (application["first_day"] or "9") > today else set()
    too_early |= {"complete"} if (application["last_day"] or "9") > today else set()
    return [one for one in next_commands if one in allowed and one not in too_early]


def _start_faults(
    one: readiness.DecryptedApplication, programme: Programme, rows: list[RequirementStatus], today: date
) -> list[str]:
    """Returns what prevents the start, or a place, as texts; documents by their names."""
    names = labels.document_names(programme)
    return [
        fault_text(code, names) for code in application_views.start_faults(dependencies(), one, programme, rows, today)
    ]


def fault_text(code: str, names: dict[str, str]) -> str:
    """Returns the text of a code of readiness.start_faults."""
    kind, _, what = code.partition(":")
    if kind == "paper":
        return t("fault.paper", what=names.get(what, what))
    return t(f"fault.{kind}")


def _form_choices(context: Document) -> Document:
    """Returns the choices of the panels' forms."""
    names, application = context["document_names"], context["application"]
    agreements = [
        (one["_id"], f"{one['reference']} {formats.localized(one.get('title'))}") for one in context["agreements"]
    ]
    return {
        "document_choices": [(row.code, names.get(row.code, row.code)) for row in context["document_statuses"]],
        "agreement_choices": agreements,
        "rejection_reasons": labels.rejection_reasons(),
        "withdraw_reasons": [(code, t(f"application.withdraw.{code}")) for code in WITHDRAW_REASONS],
        "end_reasons": [(code, t(f"application.end.{code}")) for code in END_REASONS],
        "covered_professions": [(code, t(f"profession.{code}")) for code in hands_on.PROFESSIONS],
        "scores": [(str(score), t("application.score", n=score)) for score in range(1, 6)],
        "attended": [(code, t(f"application.attended.{code}")) for code in ("present", "half", "absent")],
        "questions": QUESTIONS,
        "hands_on": _hands_on_values(application),
        "schemes": formats.exempt_schemes(),
        "details": {name: context["written"].get(name) for name in people.EDITABLE_LATER},
        "screening_form": {name: (context["screening"] or {}).get(name) for name in ("scheme", "applied_on")}
        | {"proof": context["sealed"]["screening"]},
    }


def _hands_on_values(application: Application) -> Document:
    """Returns the current values of the form of hands-on training."""
    known = application.get("hands_on") or {}
    permission, supervisor = known.get("permission"), known.get("supervisor")
    return {
        "number": permission and permission["number"],
        "from": permission and permission["from"],
        "until": permission and permission["until"],
        "supervisor": supervisor and supervisor["name"],
        "designated_for": (supervisor and supervisor.get("designated_for")) or [],
        "languages_shown": bool(known.get("languages_shown")),
    }
