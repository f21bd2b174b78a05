"""Codes and actors in the reader's words, for all pages of training's people; what happened to an application, told.

Not here: how papers stand (paper_words.py), days and countries (telling.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.training.actions import access, application_views, directory
from services.training.actions.application_records import today_of
from services.training.actions.application_views import HistoryEntry, OverlapHint, overlap_hints
from services.training.current import dependencies
from services.training.pages import telling
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


def tools() -> Document:
    """What every template of the desk needs."""
    return {
        **telling.tools(),
        "title_of": title_of,
        "due_of": due_of,
        "today": today(),
        "roles": caller().roles,
        "office": has("training"),
        "nowhere": works_nowhere(),
    }


def today() -> date:
    """The hospital's day."""
    return today_of(dependencies(), page().request_context.now)


def has(*roles: str) -> bool:
    """Whether the reader has one of these roles, or all as an admin."""
    return bool({*roles, "admin"} & caller().roles)


def own_departments() -> frozenset[str] | None:
    """The departments whose rows the reader sees; None where they see the house's."""
    return departments.visible_departments(caller().roles, caller().departments)


def works_nowhere() -> bool:
    """Whether the reader has a department's role alone, and no department yet."""
    return bool(departments.DEPARTMENT_ROLES & caller().roles) and own_departments() == frozenset()


def title_of(programme: Programme) -> str:
    """In the reader's language, else in the other."""
    return telling.in_words(programme["title"]) or str(programme["reference"])


def due_of(by: str | None) -> datetime | None:
    """The moment of `next.by`."""
    return parse_rfc3339(by) if by else None


def name_of(written: ApplicantData) -> str:
    return people.display_name(written) or t("application.nameless")


def paper_names(programme: Programme) -> dict[str, str]:
    """By code, with those that no programme names: the law's, the report, anything else."""
    own = {one["code"]: telling.in_words(one["name"]) for one in programme["requirements"]}
    beside = {code: telling.in_words(name) for code, name in duties.names_by_code().items()}
    beside |= {stay_report.CODE: telling.in_words(stay_report.NAME)}
    return {**beside, "other": t("application.other_paper")} | own


def overlaps(applications: Sequence[Application]) -> dict[str, list[OverlapHint]]:
    """Other stays of who looks like the same person, by application that has any, as the reader may know of them."""
    return overlap_hints(dependencies(), applications, caller())


# what happened


def who(actor: str, names: Mapping[str, str]) -> str:
    """A person as they sign in, the applicant, a partner, the house by itself."""
    kind = actor.partition(":")[0]
    if kind == "account":
        return names.get(actor) or t("history_by.colleague")
    return t("history_by.clock") if kind in ("timer", "service") else t("history_by.applicant")


def story(happened: list[HistoryEntry], programme: Programme) -> list[Document]:
    """For ui.timeline, the latest first."""
    names, papers = directory.people(dependencies(), (one.by for one in happened)), paper_names(programme)
    return [
        {"when": one.time, "text": _told(one, papers), "by": who(one.by, names), "undo": None}
        for one in reversed(happened)
    ]


def clash(application_id: str, since: int) -> Clash | None:
    """Who did what since the form was made; None to who may not read the application."""
    application, happened = application_views.changes_since(dependencies(), application_id, since)
    if not access.can_know(dependencies(), application, caller()):
        return None
    papers = paper_names(application_views.programme_of(dependencies(), application))
    return Clash(changes(happened, papers), application["version"], f"{HOME}{application_id}")


def changes(happened: list[HistoryEntry], papers: Mapping[str, str]) -> list[Change]:
    """For whoever comes second, in time."""
    names = directory.people(dependencies(), (one.by for one in happened))
    return [Change(one.time, who(one.by, names), _told(one, papers), one.type) for one in happened]


def _told(one: HistoryEntry, papers: Mapping[str, str]) -> str:
    key = f"history.{one.type}"
    if not page().shell.catalogue.has(key):
        return one.type
    return t(f"history.{one.type}", what=_what(one, papers)).strip()


def _what(one: HistoryEntry, papers: Mapping[str, str]) -> str:
    """What there is to say beside the kind of thing that happened: of codes alone."""
    data, noun = one.data, one.type.partition(".")[0]
    if one.type == "application.reviewed":
        return f"{t('review.step.' + data['step'])} — {t('review.verdict.' + data['verdict'])}"
    if noun == "paper":
        return papers.get(data["requirement"], data["requirement"])
    if data.get("papers"):
        return t("board.comma").join(papers.get(code, code) for code in data["papers"])
    if noun == "attendance":
        return f"{telling.day(data['day'])} {t('application.attended.' + data['attended'])}"
    return _reason(one, data)


def _reason(one: HistoryEntry, data: Mapping[str, Any]) -> str:
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


def reject_reasons() -> list[tuple[str, str]]:
    """To choose from."""
    return [(code, t(f"application.reject.{code}")) for code in REJECT_REASONS]


def why_not(slug: str) -> str:
    """Why one of many was refused, by the slug of its error."""
    known = page().shell.catalogue.has(f"problem.{slug}")
    return page().t(f"problem.{slug}") if known else t("decide.refused_otherwise")
