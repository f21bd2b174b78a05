"""Labels that the pages of interpreting share: codes, actors, times and options in the reader's language; and whether the reader may command."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup

from services.interpreting.actions import history as history_of
from services.interpreting.current import dependencies
from services.interpreting.rules import bookings
from services.interpreting.rules.history import EventData, HistoryEntry
from services.interpreting.rules.matching import GENDERS, LEVELS, MODALITIES
from services.interpreting.rules.periods import DAYS
from services.interpreting.rules.records import Booking, Interpreter
from services.interpreting.schemas.forms import hours_by_day
from shared.clock import parse_rfc3339
from shared.ui import dates
from shared.ui.refusals import Change
from shared.ui.shell import page, t
from shared.web.state import caller

Document = dict[str, Any]


def can_command() -> bool:
    """Returns whether the reader may change anything: coordinators and admins; the front desk only reads."""
    return bool({"coordinator", "admin"} & caller().roles)


def departments() -> dict[str, str]:
    """Returns names by code."""
    return history_of.department_names(dependencies(), page().reader.language)


def names_of_actors(history: Iterable[HistoryEntry]) -> dict[str, str]:
    """Returns names by actor; timers and services are called the system."""
    actors = {entry.by for entry in history}
    known = history_of.names_of_actors(dependencies(), actors)
    return {
        actor: known.get(actor) or (t("by.system") if actor.startswith(("timer:", "service:")) else t("by.colleague"))
        for actor in actors
    }


def timeline(history: list[HistoryEntry]) -> list[Document]:
    """Returns a booking's history as the page's timeline shows it, the latest first."""
    names = names_of_actors(history)
    return [
        {"when": entry.time, "text": _text(entry), "by": names[entry.by], "undo": None} for entry in reversed(history)
    ]


def changes(history: list[HistoryEntry]) -> list[Change]:
    """Returns the same for a reader whose change came second."""
    names = names_of_actors(history)
    return [Change(entry.time, names[entry.by], _text(entry), entry.type) for entry in history]


def _text(entry: HistoryEntry) -> str:
    data = entry.data
    offered = ", ".join(one.get("interpreter_name") or "" for one in data.get("offers", ()))
    name = data.get("released_interpreter_name") or data.get("interpreter_name") or ""
    reason = t(f"reason.{data['reason']}") if data.get("reason") else ""
    outcome = t(f"outcome.{data['outcome']}") if data.get("outcome") else ""
    return t(f"history.{entry.type}", name=offered or name, reason=reason, outcome=outcome, period=_period(data))


def _period(data: EventData) -> str:
    start, end = parse_rfc3339(data["start"]), parse_rfc3339(data["end"])
    zone = dependencies().settings.time_zone
    return dates.period(start, end, page().reader.language, zone)


def time_functions() -> Document:
    """Returns the functions by which templates show times of the hospital, whatever zone the reader is in."""
    zone, language = dependencies().settings.time_zone, page().reader.language
    now: datetime = page().request_context.now
    return {
        "near": lambda booking: bookings.is_near(booking, now),
        "deadline_of": _deadline,
        "clock_of": lambda moment: dates.clock(moment, zone),
        "short_day_of": lambda moment: dates.day(moment, language, zone, year=False),
        "iso_day_of": lambda moment: moment.astimezone(zone).date().isoformat(),
    }


def _deadline(moment: datetime) -> str:
    """Returns a time of today as a time; another with its day."""
    zone = dependencies().settings.time_zone
    clock = dates.clock(moment, zone)
    if moment.astimezone(zone).date().isoformat() == today():
        return clock
    return f"{dates.day(moment, page().reader.language, zone, year=False)} {clock}"


def weekly_hours(entry: Interpreter) -> list[str]:
    """Returns `Mon–Fri 08:30–17:15`, …: consecutive days with the same hours are joined.

    A day and its hours stay in one line.
    """
    by_day = hours_by_day(entry["weekly_hours"])
    rows = []
    for spans, days in groupby(DAYS, key=lambda day: tuple((span["from"], span["to"]) for span in by_day[day])):
        if spans:
            first, *rest = [t(f"code.short_day.{day}") for day in days]
            hours = t("common.comma").join(f"{since}–{until}" for since, until in spans)
            rows.append(f"{first}–{rest[-1]}\u00a0{hours}" if rest else f"{first}\u00a0{hours}")
    return rows or [t("roster.no_hours")]


def case_link(booking: Booking) -> Markup:
    """Returns a link to the case, with its reference as the text."""
    text = booking["reference"] or t("booking.case_without_number")
    return Markup('<a href="/intake/cases/{}">{}</a>').format(booking["case_id"], text)


def genders() -> list[tuple[str, str]]:
    return [(code, t(f"code.gender.{code}")) for code in GENDERS]


def levels() -> list[tuple[str, str]]:
    return [(code, t(f"code.level.{code}")) for code in LEVELS]


def modalities() -> list[tuple[str, str]]:
    return [(code, t(f"code.modality.{code}")) for code in MODALITIES]


def reasons(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Returns options for reasons."""
    return [(code, t(f"reason.{code}")) for code in codes]


def lengths(minutes: Iterable[int]) -> list[tuple[str, str]]:
    """Returns options such as 15 minutes and 2 hours."""
    return [(str(n), t("length.minutes", n=n) if n < 60 else t("length.hours", n=n // 60)) for n in minutes]


def today() -> str:
    """Returns the date at the hospital."""
    now: datetime = page().request_context.now
    return now.astimezone(dependencies().settings.time_zone).date().isoformat()
