"""Codes and actors in the reader's words, for all pages of training's people; what happened to an application, told.

Not here: how papers stand (paper_words.py), days and countries (telling.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.training.actions import desk, may_read, naming
from services.training.actions.desk import Happening
from services.training.actions.overlapping_stays import Hint, hints
from services.training.actions.standing import today_of
from services.training.current import dependencies
from services.training.pages import formats
from services.training.rules import departments, duties, people, report
from services.training.rules.codes import REJECT_REASONS
from shared.clock import parse_rfc3339
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.web.state import caller

Document = dict[str, Any]
HOME = "/training/applications/"


def template_context() -> Document:
    """What every template of the desk needs."""
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
    """The hospital's day."""
    return today_of(dependencies(), page().request_context.now)


def has_role(*roles: str) -> bool:
    """Whether the reader has one of these roles, or all as an admin."""
    return bool({*roles, "admin"} & caller().roles)


def own_departments() -> frozenset[str] | None:
    """The departments whose rows the reader sees; None where they see the house's."""
    return departments.bound_to(caller().roles, caller().departments)


def lacks_department() -> bool:
    """Whether the reader has a department's role alone, and no department yet."""
    return bool(departments.BOUND & caller().roles) and own_departments() == frozenset()


def programme_title(programme: Mapping[str, Any]) -> str:
    """In the reader's language, else in the other."""
    return formats.localized(programme["title"]) or str(programme["reference"])


def due_at(by: str | None) -> datetime | None:
    """The moment of `next.by`."""
    return parse_rfc3339(by) if by else None


def display_name(written: Mapping[str, Any]) -> str:
    return people.display_name(dict(written)) or t("application.nameless")


def document_names(programme: Mapping[str, Any]) -> dict[str, str]:
    """By code, with those that no programme names: the law's, the report, anything else."""
    own = {one["code"]: formats.localized(one["name"]) for one in programme["requirements"]}
    beside = {code: formats.localized(name) for code, name in duties.names().items()}
    beside |= {report.CODE: formats.localized(report.NAME)}
    return {**beside, "other": t("application.other_document")} | own


def overlapping_stays(applications: Sequence[Document]) -> dict[str, list[Hint]]:
    """Other stays of who looks like the same person, by application that has any, as the reader may know of them."""
    return hints(dependencies(), applications, caller())


# what happened


def actor_name(actor: str, names: Mapping[str, str]) -> str:
    """A person as they sign in, the applicant, a partner, the house by itself."""
    kind = actor.partition(":")[0]
    if kind == "account":
        return names.get(actor) or t("history_by.colleague")
    return t("history_by.system") if kind in ("timer", "service") else t("history_by.applicant")


def timeline(happened: list[Happening], programme: Mapping[str, Any]) -> list[Document]:
    """For ui.timeline, the latest first."""
    names, papers = naming.people(dependencies(), (one.by for one in happened)), document_names(programme)
    return [
        {"when": one.time, "text": _event_text(one, papers), "by": actor_name(one.by, names), "undo": None}
        for one in reversed(happened)
    ]


def application_conflict(application_id: str, since: int) -> Clash | None:
    """Who did what since the form was made; None to who may not read the application."""
    application, happened = desk.changes_since(dependencies(), application_id, since)
    if not may_read.may_be_told(dependencies(), application, caller()):
        return None
    papers = document_names(desk.programme_of(dependencies(), application))
    return Clash(change_entries(happened, papers), application["version"], f"{HOME}{application_id}")


def change_entries(happened: list[Happening], papers: Mapping[str, str]) -> list[Change]:
    """For whoever comes second, in time."""
    names = naming.people(dependencies(), (one.by for one in happened))
    return [Change(one.time, actor_name(one.by, names), _event_text(one, papers), one.type) for one in happened]


def _event_text(one: Happening, papers: Mapping[str, str]) -> str:
    key = f"history.{one.type}"
    if not page().shell.catalogue.has(key):
        return one.type
    return t(f"history.{one.type}", what=_event_detail(one, papers)).strip()


def _event_detail(one: Happening, papers: Mapping[str, str]) -> str:
    """What there is to say beside the kind of thing that happened: of codes alone."""
    data, noun = one.data, one.type.partition(".")[0]
    if one.type == "application.reviewed":
        return f"{t('review.step.' + data['step'])} — {t('review.verdict.' + data['verdict'])}"
    if noun == "paper":
        return papers.get(data["requirement"], data["requirement"])
    if data.get("papers"):
        return t("board.comma").join(papers.get(code, code) for code in data["papers"])
    if noun == "attendance":
        return f"{formats.format_day(data['day'])} {t('application.attended.' + data['attended'])}"
    return _reason_text(one, data)


def _reason_text(one: Happening, data: Mapping[str, Any]) -> str:
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
    """To choose from."""
    return [(code, t(f"application.reject.{code}")) for code in REJECT_REASONS]


def refusal_text(slug: str) -> str:
    """Why one of many was refused, by the slug of its error."""
    known = page().shell.catalogue.has(f"problem.{slug}")
    return page().t(f"problem.{slug}") if known else t("decide.refused_otherwise")
