"""Labels of codes, people and events in the reader's language, for the pages of the training office; the history of an application.

Not here: texts about documents (document_text.py), days and countries (formats.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.training.actions import access, application_views, directory
from services.training.actions.application_records import today_of
from services.training.actions.application_views import HistoryEntry, OverlapHint, overlap_hints
from services.training.current import dependencies
from services.training.pages import formats
from services.training.rules import departments, people
from services.training.rules.codes import REJECT_REASONS
from services.training.rules.documents import duties, stay_report
from services.training.rules.records.applicants import ApplicantData
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from shared.clock import parse_rfc3339
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.web.state import caller

Document = dict[str, Any]
HOME = "/training/applications/"


def template_context() -> Document:
    """Returns what every template of the training office needs."""
    return {
        **formats.template_functions(),
        "programme_title": programme_title,
        "due_at": due_at,
        "today": today(),
        "roles": caller().roles,
        "office": has_role("training"),
        "lacks_department": lacks_department(),
    }


def today() -> date:
    """Returns today's date at the hospital."""
    return today_of(dependencies(), page().request_context.now)


def has_role(*roles: str) -> bool:
    """Tells whether the reader has one of these roles, or is an admin."""
    return bool({*roles, "admin"} & caller().roles)


def own_departments() -> frozenset[str] | None:
    """Returns the departments that the reader is limited to; None without a limit."""
    return departments.visible_departments(caller().roles, caller().departments)


def lacks_department() -> bool:
    """Tells whether the reader has only roles that need a department, and no department yet."""
    return bool(departments.DEPARTMENT_ROLES & caller().roles) and own_departments() == frozenset()


def programme_title(programme: Programme) -> str:
    """Returns the title in the reader's language, else in the other, else the reference."""
    return formats.localized(programme["title"]) or str(programme["reference"])


def due_at(by: str | None) -> datetime | None:
    """Returns the moment of `next.by`."""
    return parse_rfc3339(by) if by else None


def display_name(written: ApplicantData) -> str:
    """Returns the name of the applicant, or a placeholder."""
    return people.display_name(written) or t("application.nameless")


def document_names(programme: Programme) -> dict[str, str]:
    """Returns names by code, with documents that no programme names: those of the law, the report, any other."""
    own = {one["code"]: formats.localized(one["name"]) for one in programme["requirements"]}
    beside = {code: formats.localized(name) for code, name in duties.names_by_code().items()}
    beside |= {stay_report.CODE: formats.localized(stay_report.NAME)}
    return {**beside, "other": t("application.other_document")} | own


def overlapping_stays(applications: Sequence[Application]) -> dict[str, list[OverlapHint]]:
    """Returns by application the overlapping stays of what may be the same person, as far as the reader may see them."""
    return overlap_hints(dependencies(), applications, caller())


# history


def actor_name(actor: str, names: Mapping[str, str]) -> str:
    """Returns who acted: an account's name, the applicant, or the system."""
    kind = actor.partition(":")[0]
    if kind == "account":
        return names.get(actor) or t("history_by.colleague")
    return t("history_by.system") if kind in ("timer", "service") else t("history_by.applicant")


def timeline(events: list[HistoryEntry], programme: Programme) -> list[Document]:
    """Returns the entries for ui.timeline, the latest first."""
    names, documents = directory.people(dependencies(), (one.by for one in events)), document_names(programme)
    return [
        {"when": one.time, "text": _event_text(one, documents), "by": actor_name(one.by, names), "undo": None}
        for one in reversed(events)
    ]


def application_conflict(application_id: str, since: int) -> Clash | None:
    """Returns who changed what since the form was made; None for readers without access to the application."""
    application, events = application_views.changes_since(dependencies(), application_id, since)
    if not access.can_know(dependencies(), application, caller()):
        return None
    documents = document_names(application_views.programme_of(dependencies(), application))
    return Clash(change_entries(events, documents), application["version"], f"{HOME}{application_id}")


def change_entries(events: list[HistoryEntry], documents: Mapping[str, str]) -> list[Change]:
    """Returns the changes for the conflict page, in order."""
    names = directory.people(dependencies(), (one.by for one in events))
    return [Change(one.time, actor_name(one.by, names), _event_text(one, documents), one.type) for one in events]


def _event_text(one: HistoryEntry, documents: Mapping[str, str]) -> str:
    key = f"history.{one.type}"
    if not page().shell.catalogue.has(key):
        return one.type
    return t(f"history.{one.type}", what=_event_detail(one, documents)).strip()


def _event_detail(one: HistoryEntry, documents: Mapping[str, str]) -> str:
    """Returns the detail of an event as text; it comes from codes alone."""
    data, noun = one.data, one.type.partition(".")[0]
    if one.type == "application.reviewed":
        return f"{t('review.step.' + data['step'])} — {t('review.verdict.' + data['verdict'])}"
    if noun == "paper":
        return documents.get(data["requirement"], data["requirement"])
    if data.get("papers"):
        return t("board.comma").join(documents.get(code, code) for code in data["papers"])
    if noun == "attendance":
        return f"{formats.format_day(data['day'])} {t('application.attended.' + data['attended'])}"
    return _reason_text(one, data)


def _reason_text(one: HistoryEntry, data: Mapping[str, Any]) -> str:
    kind = {
        "application.rejected": "application.reject",
        "application.withdrawn": "application.withdraw",
        "placement.terminated": "application.end",
        "application.held": "agreement_fault",
    }.get(one.type)
    if kind and data.get("reason"):
        return page().t(f"{kind}.{data['reason']}")
    if one.type == "application.waitlisted":
        return str(data.get("position") or "")
    return t("decide.outcome." + data["outcome"]) if one.type == "application.announced" else ""


def rejection_reasons() -> list[tuple[str, str]]:
    """Returns the reasons for a rejection, as choices."""
    return [(code, t(f"application.reject.{code}")) for code in REJECT_REASONS]


def refusal_text(slug: str) -> str:
    """Returns why one of many was refused, by the slug of its error."""
    has_text = page().shell.catalogue.has(f"problem.{slug}")
    return page().t(f"problem.{slug}") if has_text else t("decide.refused_otherwise")
