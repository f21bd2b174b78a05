"""The page of an application: what is next, the person, plan, papers, reviews, decision, agreement, attendance, history; live.

Whoever looks sees what is theirs: a department the person and the days of the stay, no contact, no passport, no papers.
Not here: what is commanded from it (commands.py).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Response

from services.training.actions import access, application_records, application_views, directory, documents
from services.training.current import dependencies
from services.training.pages import desk_names, telling
from services.training.pages.paper_words import standing_words
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
HOME = desk_names.HOME
FOR_THE_WARD = ("name", "sex", "institution", "position", "nationality", "profession", "language")
DAYS_SHOWN = 10
LETTERS = [kind for kind in letters.KINDS if kind != letters.CERTIFICATE]


@blp.get("/applications/<application_id>")
@rights("training", "chief", "department")
def application_page(application_id: str) -> Response:
    """One application with everything that may be done."""
    shown = whole(application_id)
    return show("training/application.html", **shown, **_codes(shown))


@blp.get("/fragments/applications/<application_id>")
@rights("training", "chief", "department")
def application_part(application_id: str) -> Response:
    """What is live of it."""
    return fragment("training/parts/application.html", **whole(application_id))


@blp.get("/applications/<application_id>/papers/<paper_id>")
@rights("training", "chief", "reviewer", "department")
def paper_file(application_id: str, paper_id: str) -> Response:
    """A paper as an attachment, to be looked at in no page."""
    application = application_records.find_application(dependencies(), application_id)
    access.check_paper_readable(dependencies(), application, paper_id, caller())
    return served(*documents.document_content(dependencies(), application, paper_id))


def application_again(application_id: str) -> Response:
    """The page a refused command comes back to."""
    answer: Response = application_page(application_id)
    return answer


def whole(application_id: str) -> Document:
    """All that the page and its live part show, as far as the reader may see it."""
    application = access.with_home(dependencies(), application_records.find_application(dependencies(), application_id))
    access.check_placed(dependencies(), application, caller())
    all_of_it = desk_names.has("training", "chief")
    today, programme = desk_names.today(), application_views.programme_of(dependencies(), application)
    key = dependencies().store.keyring.open(application_id)
    one, written = application_records.decrypted(application, key), application_records.body_under(key, application)
    rows = readiness.statuses(programme, one, today)
    allowed = board.allowed_commands(application, caller().roles, caller().departments)
    return {
        "application": application,
        "programme": programme,
        "period": next((p for p in programme["periods"] if p["id"] == application["period_id"]), None),
        "all_of_it": all_of_it,
        "chief": desk_names.has("chief"),
        "written": written if all_of_it else {name: written.get(name) for name in FOR_THE_WARD if name in written},
        "shown_name": desk_names.name_of(written),
        "allowed": allowed,
        "primary": _primary(application, allowed, today.isoformat()),
        "late": board.is_late(application, page().request_context.now),
        "faults": _faults(one, programme, rows, today),
        "overlaps": desk_names.overlaps([application]).get(application_id, []),
        "movable": application["status"] in states.MOVABLE,
        "my_steps": access.answerable_steps(programme, application, caller()),
        "screening": readiness.screening_status(application) if all_of_it else None,
        "scheme_names": dict(telling.schemes()),
        "addable": desk_names.has("training") and application["status"] not in states.OVER,
        "letters": [one for one in LETTERS if not letters.why_unavailable(application, one)],
        **_ward(application, today),
        **_papers(programme, one, rows if all_of_it else [], all_of_it),
        **_people(application, programme, all_of_it),
        **desk_names.tools(),
    }


def _ward(application: Application, today: date) -> Document:
    """What the ward writes down, as far as the reader may: an evaluation, and who was there on the days of their department."""
    began = [day.isoformat() for day in _days_until(application, today) if _is_theirs(application, day.isoformat())]
    unwritten = board.days_without_record(application, today - timedelta(days=1))
    missing = [day for day in unwritten if day in began]
    return {
        "evaluates": _is_theirs(application),
        "missing_days": (unwritten if desk_names.own_departments() is None else missing)[:DAYS_SHOWN],
        "attendable": application["status"] == states.ACTIVE and bool(began or desk_names.has("training")),
        "attends_today": today.isoformat() in began,
        "attendance_day": (missing or began[-1:] or [today.isoformat()])[0],
    }


def _days_until(application: Application, today: date) -> Iterator[date]:
    first, last = application["first_day"], application["last_day"]
    return places.days(first, min(last, today.isoformat())) if first and last else iter(())


def _is_theirs(application: Application, day: str | None = None) -> bool:
    return bool((board.WARD | {"admin"}) & access.roles_for(caller(), application, day))


def _papers(
    programme: Programme, one: readiness.DecryptedApplication, rows: list[RequirementStatus], all_of_it: bool
) -> Document:
    handed_in: dict[str, list[DecryptedDocument]] = {}
    for paper in one.documents if all_of_it else ():
        handed_in.setdefault(paper["requirement"], []).append(paper)
    asked = {row.code for row in rows}
    return {
        "standings": rows,
        "standing_words": standing_words,
        "paper_names": desk_names.paper_names(programme),
        "handed_in": handed_in,
        "other_papers": [paper for code, found in handed_in.items() if code not in asked for paper in found],
        "missing": readiness.missing_codes(rows),
        "settled": requirements.SETTLED,
    }


def _people(application: Application, programme: Programme, all_of_it: bool) -> Document:
    happened = application_views.history(dependencies(), application["_id"]) if all_of_it else []
    named = programme["review"].get("reviewers") or {}
    actors = [f"account:{id_}" for ids in named.values() for id_ in ids]
    partner = application.get("organization_id")
    actors += [one["by"] for one in application["reviews"]]
    return {
        "story": desk_names.story(happened, programme),
        "named_reviewers": named,
        "usernames": directory.people(dependencies(), actors),
        "sealed": application_views.sealed_texts(dependencies(), application),
        "partner": directory.organizations(dependencies(), [partner]).get(partner or ""),
        "agreements": application_views.agreements_for(dependencies(), application) if all_of_it else [],
    }


def _primary(application: Application, allowed: list[str], today: str) -> list[str]:
    """The one or two acts that bring it on; before its first day nothing starts, before its last nothing is complete."""
    wanted = {
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
    not_yet = {"confirm", "accept"} if states.is_unannounced(application) else set()
    not_yet |= {"start"} if (application["first_day"] or "9") > today else set()
    not_yet |= {"complete"} if (application["last_day"] or "9") > today else set()
    return [one for one in wanted if one in allowed and one not in not_yet]


def _faults(
    one: readiness.DecryptedApplication, programme: Programme, rows: list[RequirementStatus], today: date
) -> list[str]:
    """What stands against the start, or against a place, in words; of papers their names."""
    names = desk_names.paper_names(programme)
    return [
        fault_words(code, names) for code in application_views.start_faults(dependencies(), one, programme, rows, today)
    ]


def fault_words(code: str, names: dict[str, str]) -> str:
    """A code of readiness.start_faults."""
    kind, _, what = code.partition(":")
    if kind == "paper":
        return t("fault.paper", what=names.get(what, what))
    return t(f"fault.{kind}")


def _codes(shown: Document) -> Document:
    """What may be chosen in the panels."""
    names, application = shown["paper_names"], shown["application"]
    agreements = [
        (one["_id"], f"{one['reference']} {telling.in_words(one.get('title'))}") for one in shown["agreements"]
    ]
    return {
        "paper_choices": [(row.code, names.get(row.code, row.code)) for row in shown["standings"]],
        "agreement_choices": agreements,
        "reject_reasons": desk_names.reject_reasons(),
        "withdraw_reasons": [(code, t(f"application.withdraw.{code}")) for code in WITHDRAW_REASONS],
        "end_reasons": [(code, t(f"application.end.{code}")) for code in END_REASONS],
        "covered": [(code, t(f"profession.{code}")) for code in hands_on.PROFESSIONS],
        "scores": [(str(score), t("application.score", n=score)) for score in range(1, 6)],
        "attended": [(code, t(f"application.attended.{code}")) for code in ("present", "half", "absent")],
        "questions": QUESTIONS,
        "hands_on": _hands_on(application),
        "schemes": telling.schemes(),
        "later": {name: shown["written"].get(name) for name in people.EDITABLE_LATER},
        "screening_form": {name: (shown["screening"] or {}).get(name) for name in ("scheme", "applied_on")}
        | {"proof": shown["sealed"]["screening"]},
    }


def _hands_on(application: Application) -> Document:
    """What stands in the form of hands-on training."""
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
