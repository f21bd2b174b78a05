"""Moments, days, countries and texts in the reader's words, for all pages of training, the public's and the house's."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from markupsafe import Markup

from services.training.actions import naming
from services.training.current import dependencies
from services.training.rules.tuberculosis import screening_table
from shared.ui import dates
from shared.ui.names import country_name
from shared.ui.shell import page, t


def localized(words: Mapping[str, Any] | None) -> str:
    """A text in the reader's language, else in the other one."""
    known = words or {}
    return str(next((known[tag] for tag in (page().reader.language, "en", "ja") if known.get(tag)), ""))


def department_names() -> dict[str, str]:
    """Names by code."""
    return naming.departments(dependencies(), page().reader.language)


def country_label(code: str | None) -> str:
    """A country's name; that none is known."""
    return country_name(code, page().reader.language) if code else t("navigation.no_country")


def format_moment(at: datetime) -> str:
    """A deadline: its time in Japan with the zone named, and the reader's own beside it where they are abroad; where it is not
    known yet where they are, universal time, which everybody can reckon with."""
    reader, zone = page().reader, dependencies().settings.time_zone
    here = dates.when(at, reader.language, zone, named=True)
    if not reader.placed:
        return t("apply.with_utc", here=here, utc=dates.when(at, reader.language, UTC))
    if not reader.abroad:
        return here
    return t("apply.both_zones", here=here, yours=dates.when(at, reader.language, reader.zone, named=True))


def moment_html(at: datetime) -> Markup:
    """The same for a page, which tells it once more as soon as the browser has said where it is."""
    return Markup("<span data-times>{}</span>").format(format_moment(at))


def format_day(text: str | None) -> str:
    """A day as it is kept (ISO)."""
    return dates.day(date.fromisoformat(text), page().reader.language) if text else ""


def format_dates(first: str | None, last: str | None) -> str:
    """From day to day; the year once where it is the same."""
    if not first or not last:
        return t("board.no_dates")
    since, until, language = date.fromisoformat(first), date.fromisoformat(last), page().reader.language
    same = since.year == until.year
    if language == "ja":
        return f"{dates.day(since, language)}～{dates.day(until, language, year=not same)}"
    return f"{dates.day(since, language, year=not same)} – {dates.day(until, language)}"


def format_month(first: date) -> str:
    """2027年2月, Feb 2027."""
    return dates.partial_day(first.isoformat()[:7], page().reader.language)


def exempt_schemes() -> list[tuple[str, str]]:
    """Exempt from the tuberculosis screening before entry, to choose from."""
    return [(code, localized(one["name"])) for code, one in screening_table()["exempt"].items()]


def template_functions() -> dict[str, Any]:
    """The same as templates call them."""
    told = {
        "format_day": format_day,
        "format_dates": format_dates,
        "format_month": format_month,
        "format_moment": moment_html,
        "country_label": country_label,
    }
    return {**told, "localized": localized, "departments": department_names()}
