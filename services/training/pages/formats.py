"""Formats moments, days, countries and texts in the reader's language, for public and internal pages alike."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from markupsafe import Markup

from services.training.actions import directory
from services.training.current import dependencies
from services.training.rules.documents.tuberculosis import screening_table
from shared.ui import dates
from shared.ui.names import country_name
from shared.ui.shell import page, t


def localized(words: Mapping[str, Any] | None) -> str:
    """Returns a text in the reader's language, else in the other one."""
    texts = words or {}
    return str(next((texts[tag] for tag in (page().reader.language, "en", "ja") if texts.get(tag)), ""))


def department_names() -> dict[str, str]:
    """Returns the names of departments by code."""
    return directory.departments(dependencies(), page().reader.language)


def country_label(code: str | None) -> str:
    """Returns the name of a country, or that it is not recorded."""
    return country_name(code, page().reader.language) if code else t("navigation.no_country")


def format_moment(at: datetime) -> str:
    """Formats a deadline: in Japan's time with its zone, and in the reader's own where they are abroad. Where the reader's zone is not known
    yet, UTC is added, which everyone can convert."""
    reader, zone = page().reader, dependencies().settings.time_zone
    here = dates.when(at, reader.language, zone, named=True)
    if not reader.placed:
        return t("apply.with_utc", here=here, utc=dates.when(at, reader.language, UTC))
    if not reader.abroad:
        return here
    return t("apply.both_zones", here=here, yours=dates.when(at, reader.language, reader.zone, named=True))


def moment_html(at: datetime) -> Markup:
    """Returns the moment for a page, which replaces it as soon as the browser has sent its time zone."""
    return Markup("<span data-times>{}</span>").format(format_moment(at))


def format_day(text: str | None) -> str:
    """Formats a stored day (ISO)."""
    return dates.day(date.fromisoformat(text), page().reader.language) if text else ""


def format_dates(first: str | None, last: str | None) -> str:
    """Formats a range of days; the year appears once where it is the same."""
    if not first or not last:
        return t("board.no_dates")
    since, until, language = date.fromisoformat(first), date.fromisoformat(last), page().reader.language
    same = since.year == until.year
    if language == "ja":
        return f"{dates.day(since, language)}～{dates.day(until, language, year=not same)}"
    return f"{dates.day(since, language, year=not same)} – {dates.day(until, language)}"


def format_month(first: date) -> str:
    """Formats a month: 2027年2月, Feb 2027."""
    return dates.partial_day(first.isoformat()[:7], page().reader.language)


def exempt_schemes() -> list[tuple[str, str]]:
    """Returns the schemes exempt from the tuberculosis screening before entry, as choices."""
    return [(code, localized(one["name"])) for code, one in screening_table()["exempt"].items()]


def template_functions() -> dict[str, Any]:
    """Returns these functions under the names that templates use."""
    functions = {
        "format_day": format_day,
        "format_dates": format_dates,
        "format_month": format_month,
        "format_moment": moment_html,
        "country_label": country_label,
    }
    return {**functions, "localized": localized, "departments": department_names()}
