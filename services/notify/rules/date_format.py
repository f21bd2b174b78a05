"""Dates and times as text: in the hospital's time zone, with the zone named, and for readers abroad with its offset."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.clock import parse_rfc3339

_DAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "ja": "月火水木金土日"}
_JAPAN = {"en": "Japan time", "ja": "日本時間"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_period(start: str, end: str, zone: ZoneInfo, language: str, abroad: bool) -> str:
    """`Tue 24 Nov 2026, 10:00–11:00 (Japan time, UTC+09:00)`; `start` and `end` RFC 3339, `language` en or ja."""
    begins, ends = parse_rfc3339(start).astimezone(zone), parse_rfc3339(end).astimezone(zone)
    until = _clock(ends) if ends.date() == begins.date() else f"{_day(ends, language)}{_gap(language)}{_clock(ends)}"
    text = f"{_day(begins, language)}{_gap(language)}{_clock(begins)}–{until}"
    return _with_zone(text, begins, zone, language, abroad)


def format_time(at: str, zone: ZoneInfo, language: str, abroad: bool) -> str:
    """`Tue 24 Nov 2026, 10:00 (Japan time)`; `at` RFC 3339."""
    when = parse_rfc3339(at).astimezone(zone)
    text = f"{_day(when, language)}{_gap(language)}{_clock(when)}"
    return _with_zone(text, when, zone, language, abroad)


def format_date(text: str, language: str) -> str:
    """`Wed 31 Mar 2027`; `text` an ISO date."""
    return _day(date.fromisoformat(text), language)


def format_dates(first: str, last: str, language: str) -> str:
    """`Mon 1 Feb 2027 – Fri 26 Feb 2027`, both included; ISO dates of the hospital."""
    if first == last:
        return format_date(first, language)
    dash = "〜" if language == "ja" else " – "
    return f"{format_date(first, language)}{dash}{format_date(last, language)}"


def _with_zone(text: str, when: datetime, zone: ZoneInfo, language: str, abroad: bool) -> str:
    name = _JAPAN[language] if zone.key == "Asia/Tokyo" else zone.key
    if language == "ja":
        return f"{text}（{name}、{_offset(when)}）" if abroad else f"{text}（{name}）"
    return f"{text} ({name}, {_offset(when)})" if abroad else f"{text} ({name})"


def _day(date_: date, language: str) -> str:
    weekday = _DAYS[language][date_.weekday()]
    if language == "ja":
        return f"{date_.year}年{date_.month}月{date_.day}日({weekday})"
    return f"{weekday} {date_.day} {_MONTHS[date_.month - 1]} {date_.year}"


def _gap(language: str) -> str:
    return " " if language == "ja" else ", "


def _clock(when: datetime) -> str:
    return f"{when:%H:%M}"


def _offset(when: datetime) -> str:
    text = f"{when:%z}"
    return f"UTC{text[:3]}:{text[3:5]}"
