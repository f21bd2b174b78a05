"""Codes and actors in the reader's words, for all pages of interpreting; whether the reader may command or only look."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup

from services.interpreting import actions
from services.interpreting.actions import Happening
from services.interpreting.current import dependencies
from services.interpreting.rules import bookings
from services.interpreting.rules.matching import GENDERS, LEVELS, MODALITIES
from services.interpreting.rules.periods import DAYS
from services.interpreting.schemas.forms import hours_by_day
from shared.clock import parse_rfc3339
from shared.ui import dates as worded
from shared.ui.refusals import Change
from shared.ui.shell import page, t
from shared.web.state import caller

Document = dict[str, Any]


def commands() -> bool:
    """Coordinators and admins command; the front desk looks."""
    return bool({"coordinator", "admin"} & caller().roles)


def departments() -> dict[str, str]:
    """Names by code."""
    return actions.department_names(dependencies(), page().reader.language)


def people(happened: Iterable[Happening]) -> dict[str, str]:
    """Who did what: names by actor; the clock is no person."""
    actors = {each.by for each in happened}
    known = actions.people(dependencies(), actors)
    return {
        actor: known.get(actor) or (t("by.clock") if actor.startswith(("timer:", "service:")) else t("by.colleague"))
        for actor in actors
    }


def story(happened: list[Happening]) -> list[Document]:
    """A booking's history in words, the latest first."""
    names = people(happened)
    return [{"when": each.time, "text": _text(each), "by": names[each.by], "undo": None} for each in reversed(happened)]


def changes(happened: list[Happening]) -> list[Change]:
    """The same for whoever comes second to a change."""
    names = people(happened)
    return [Change(each.time, names[each.by], _text(each), each.type) for each in happened]


def _text(each: Happening) -> str:
    data = each.data
    offered = ", ".join(one.get("interpreter_name") or "" for one in data.get("offers", ()))
    name = data.get("released_interpreter_name") or data.get("interpreter_name") or ""
    reason = t(f"reason.{data['reason']}") if data.get("reason") else ""
    outcome = t(f"outcome.{data['outcome']}") if data.get("outcome") else ""
    return t(f"story.{each.type}", name=offered or name, reason=reason, outcome=outcome, period=_period(data))


def _period(data: Document) -> str:
    start, end = parse_rfc3339(data["start"]), parse_rfc3339(data["end"])
    zone = dependencies().settings.time_zone
    return worded.period(start, end, page().reader.language, zone)


def tools() -> Document:
    """What templates need for times at the hospital, whatever zone the reader is in, and for what is near."""
    zone, language = dependencies().settings.time_zone, page().reader.language
    now: datetime = page().request_context.now
    return {
        "near": lambda booking: bookings.is_near(booking, now),
        "deadline_of": _deadline,
        "clock_of": lambda moment: worded.clock(moment, zone),
        "short_day_of": lambda moment: worded.day(moment, language, zone, year=False),
        "iso_day_of": lambda moment: moment.astimezone(zone).date().isoformat(),
    }


def _deadline(moment: datetime) -> str:
    """A time of today; with its day where it is another one."""
    zone = dependencies().settings.time_zone
    told = worded.clock(moment, zone)
    if moment.astimezone(zone).date().isoformat() == today():
        return told
    return f"{worded.day(moment, page().reader.language, zone, year=False)} {told}"


def hours_told(entry: Document) -> list[str]:
    """`Mon–Fri 08:30–17:15`, …: days that follow one another with the same hours told once.

    A day and its hours stay in one line.
    """
    by_day = hours_by_day(entry["weekly_hours"])
    told = []
    for spans, days in groupby(DAYS, key=lambda day: tuple((span["from"], span["to"]) for span in by_day[day])):
        if spans:
            first, *rest = [t(f"code.short_day.{day}") for day in days]
            hours = t("common.comma").join(f"{since}–{until}" for since, until in spans)
            told.append(f"{first}–{rest[-1]}\u00a0{hours}" if rest else f"{first}\u00a0{hours}")
    return told or [t("roster.no_hours")]


def case_link(booking: Document) -> Markup:
    """To the case, by its reference."""
    told = booking["reference"] or t("booking.case_without_number")
    return Markup('<a href="/intake/cases/{}">{}</a>').format(booking["case_id"], told)


def genders() -> list[tuple[str, str]]:
    return [(code, t(f"code.gender.{code}")) for code in GENDERS]


def levels() -> list[tuple[str, str]]:
    return [(code, t(f"code.level.{code}")) for code in LEVELS]


def modalities() -> list[tuple[str, str]]:
    return [(code, t(f"code.modality.{code}")) for code in MODALITIES]


def reasons(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Reasons to choose from."""
    return [(code, t(f"reason.{code}")) for code in codes]


def lengths(minutes: Iterable[int]) -> list[tuple[str, str]]:
    """15 minutes, 2 hours, to choose from."""
    return [(str(n), t("length.minutes", n=n) if n < 60 else t("length.hours", n=n // 60)) for n in minutes]


def today() -> str:
    """At the hospital."""
    now: datetime = page().request_context.now
    return now.astimezone(dependencies().settings.time_zone).date().isoformat()
