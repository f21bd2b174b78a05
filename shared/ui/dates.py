"""Formats days and times for people: 2026年11月23日(月), 24-hour clock, the zone named where the reader is abroad. Pure functions.

Not here: how days are typed (shared/eras.py).
"""

import re
from datetime import date, datetime, tzinfo

from babel.dates import get_timezone_name

WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARTIAL = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


def day(moment: date, language: str, zone: tzinfo | None = None, year: bool = True) -> str:
    """2026年11月23日(月), or Mon 23 Nov 2026; a datetime is converted to `zone`."""
    at = _local(moment, zone)
    weekday = WEEKDAYS.get(language, WEEKDAYS["en"])[at.weekday()]
    if language == "ja":
        return f"{at.year}年{at.month}月{at.day}日({weekday})" if year else f"{at.month}月{at.day}日({weekday})"
    return f"{weekday} {at.day} {MONTHS[at.month - 1]}" + (f" {at.year}" if year else "")


def clock(moment: datetime, zone: tzinfo | None = None) -> str:
    """14:05."""
    return f"{_local(moment, zone):%H:%M}"


def when(moment: datetime, language: str, zone: tzinfo, named: bool = False) -> str:
    """Day and time; `named` adds the zone's name."""
    written = f"{day(moment, language, zone)} {clock(moment, zone)}"
    return f"{written} ({zone_name(zone, moment, language)})" if named else written


def period(start: datetime, end: datetime | None, language: str, zone: tzinfo, named: bool = False) -> str:
    """Day, start and end time; the end's day only where it differs."""
    written = f"{day(start, language, zone)} {clock(start, zone)}"
    if end is not None:
        same = start.astimezone(zone).date() == end.astimezone(zone).date()
        written += f"–{clock(end, zone)}" if same else f" – {day(end, language, zone)} {clock(end, zone)}"
    return f"{written} ({zone_name(zone, start, language)})" if named else written


def zone_name(zone: tzinfo, moment: datetime, language: str) -> str:
    """The zone's name: 日本標準時, Central European Standard Time."""
    return get_timezone_name(moment.astimezone(zone), "long", locale=language)


def partial_day(text: str, language: str) -> str:
    """A stored date, which may be only a year or a month: 1961年4月2日, 1961年, Apr 1961; anything else unchanged."""
    found = _PARTIAL.fullmatch(text)
    if not found:
        return text
    year, month, of_month = (int(part) if part else 0 for part in found.groups())
    if language == "ja":
        return f"{year}年" + (f"{month}月" if month else "") + (f"{of_month}日" if of_month else "")
    written = [str(of_month)] if of_month else []
    return " ".join([*written, *([MONTHS[month - 1]] if month else []), str(year)])


def age(birth_date: str, today: date) -> int | None:
    """Age in full years on `today`; None where the birth date is not known to the day."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _local(moment: date, zone: tzinfo | None) -> date:
    return moment.astimezone(zone) if isinstance(moment, datetime) and zone else moment
