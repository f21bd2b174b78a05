"""Texts of a case's history in the reader's language, built from codes only: texts that people wrote are in messages.

Not here: which happenings there are (actions/history.py), what an agency reads of them (rules/timeline.py).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from services.intake.actions import names
from services.intake.actions.history import Happening
from services.intake.actions.names import Departments
from services.intake.current import dependencies
from services.intake.rules.tables import act_of
from shared.clock import parse_rfc3339
from shared.ui.dates import period, when
from shared.ui.names import language_name
from shared.ui.refusals import Change
from shared.ui.shell import page, t

Facts = Mapping[str, Any]


def entries(happened: Iterable[Happening], departments: Departments) -> list[dict[str, Any]]:
    """For ui.timeline, the newest first."""
    happenings = list(happened)
    people = names.usernames(dependencies(), (each.by for each in happenings))
    return [
        {"when": each.time, "text": entry_text(each, departments), "by": by_whom(each.by, people), "undo": None}
        for each in reversed(happenings)
    ]


def changes(happened: Iterable[Happening], departments: Departments) -> list[Change]:
    """The same for the page of a clash, in time."""
    happenings = list(happened)
    people = names.usernames(dependencies(), (each.by for each in happenings))
    return [
        Change(
            each.time,
            by_whom(each.by, people),
            entry_text(each, departments),
            act_of(each.type, each.facts),
            each.about,
        )
        for each in happenings
    ]


def entry_text(happened: Happening, departments: Departments) -> str:
    """Returns the text of an entry; an unknown type is shown by its code."""
    if not page().shell.catalogue.has(f"line.{happened.type}"):
        return happened.type
    return t(f"line.{happened.type}", **_words(happened, departments))


def by_whom(actor: str, people: Mapping[str, str]) -> str:
    """Returns the actor: a username, an agency, or the system."""
    kind = actor.partition(":")[0]
    if kind == "account":
        return people.get(actor) or t("story.staff")
    return t("story.agency") if kind == "key" else t("story.system")


def at(moment: datetime) -> str:
    """Day and time, where the reader is."""
    reader = page().reader
    return when(moment, reader.language, reader.zone, reader.abroad)


def _words(happened: Happening, departments: Departments) -> dict[str, str]:
    """Returns all fields a text may use; missing ones read as unknown."""
    facts, unknown = happened.facts, t("shell.unknown")
    values = {
        name: formatter(facts[name]) if facts.get(name) is not None else unknown
        for name, formatter in _FORMATTERS.items()
    }
    return values | {
        "department": department_name(facts["department"], departments) if facts.get("department") else unknown,
        "reason": _reason(happened.type, facts),
        "outcome": _outcome(happened.type, facts),
        "channel": _channel(happened.type, facts),
        "period": _period(facts),
    }


def department_name(code: str, departments: Departments) -> str:
    """`undecided` is a code of ours, every other one a department's."""
    return t("code.department.undecided") if code == "undecided" else departments.name(code)


def field_names(names: Iterable[str]) -> str:
    """氏名、言語: what an edit changed."""
    has = page().shell.catalogue.has
    labels = [t(f"field.{name}") if has(f"field.{name}") else name for name in names]
    return t("common.comma").join(dict.fromkeys(labels))


def _moment(text: str) -> str:
    return at(parse_rfc3339(text))


def _period(facts: Facts) -> str:
    if not facts.get("start"):
        return t("shell.unknown")
    reader, end = page().reader, facts.get("end")
    last = parse_rfc3339(end) if end else None
    return period(parse_rfc3339(facts["start"]), last, reader.language, reader.zone, reader.abroad)


def _reason(type_: str, facts: Facts) -> str:
    code = str(facts.get("reason") or "other")
    if type_ == "case.declined":
        return t(f"code.decline.{code}")
    if type_.startswith("notification."):
        return _undelivered(code)
    if type_.startswith(("case.", "visit.")):
        return t(f"code.cancel.{code}")
    return t(f"story.why.{code}") if page().shell.catalogue.has(f"story.why.{code}") else code


def _undelivered(code: str) -> str:
    """What the other server answered and what was tried for long have one word each."""
    if page().shell.catalogue.has(f"story.undelivered.{code}"):
        return t(f"story.undelivered.{code}")
    return t("story.undelivered.refused") if code.startswith("smtp_5") else t("story.undelivered.not_reached")


def _outcome(type_: str, facts: Facts) -> str:
    code = str(facts.get("outcome") or "")
    return t(f"story.ended.{code}") if type_.startswith("booking.") else t(f"code.outcome.{code}")


def _channel(type_: str, facts: Facts) -> str:
    code = str(facts.get("channel") or "")
    return t(f"code.channel.{code}") if type_.startswith("case.") else t(f"story.by.{code}")


def _cause(type_: str) -> str:
    return t(f"story.about.{type_}") if page().shell.catalogue.has(f"story.about.{type_}") else type_


_FORMATTERS: dict[str, Callable[[Any], str]] = {
    "urgency": lambda code: t(f"code.urgency.{code}"),
    "fields": field_names,
    "wanted_by": lambda code: t(f"code.wanted_by.{code}"),
    "start": _moment,
    "end": _moment,
    "previous_start": _moment,
    "corrected_from": lambda code: t(f"code.visit.{code}"),
    "visit_status": lambda code: t(f"code.visit.{code}"),
    "kind": lambda code: t(f"code.document.{code}"),
    "sent_by": lambda code: t(f"code.side.{code}"),
    "language": lambda tag: language_name(tag, page().reader.language),
    "interpreter_name": str,
    "to": lambda kind: t(f"story.to.{kind}"),
    "cause": _cause,
}
