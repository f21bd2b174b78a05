"""Times for people to read: in the hospital's time zone, with the zone named, and for readers abroad with its offset."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.clock import parse_rfc3339

_DAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "ja": "月火水木金土日"}
_JAPAN = {"en": "Japan time", "ja": "日本時間"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def period(start: str, end: str, zone: ZoneInfo, language: str, abroad: bool) -> str:
    """`Tue 24 Nov 2026, 10:00–11:00 (Japan time, UTC+09:00)`; `start` and `end` RFC 3339, `language` en or ja."""
    begins, ends = parse_rfc3339(start).astimezone(zone), parse_rfc3339(end).astimezone(zone)
    until = _clock(ends) if ends.date() == begins.date() else f"{_day(ends, language)}{_gap(language)}{_clock(ends)}"
    text = f"{_day(begins, language)}{_gap(language)}{_clock(begins)}–{until}"
    return _zoned(text, begins, zone, language, abroad)


def moment(at: str, zone: ZoneInfo, language: str, abroad: bool) -> str:
    """`Tue 24 Nov 2026, 10:00 (Japan time)`; `at` RFC 3339."""
    when = parse_rfc3339(at).astimezone(zone)
    text = f"{_day(when, language)}{_gap(language)}{_clock(when)}"
    return _zoned(text, when, zone, language, abroad)


def day(text: str, language: str) -> str:
    """`Wed 31 Mar 2027`; `text` an ISO date."""
    return _day(date.fromisoformat(text), language)


def days(first: str, last: str, language: str) -> str:
    """`Mon 1 Feb 2027 – Fri 26 Feb 2027`, both included; ISO dates of the hospital."""
    if first == last:
        return day(first, language)
    dash = "〜" if language == "ja" else " – "
    return f"{day(first, language)}{dash}{day(last, language)}"


def _zoned(text: str, when: datetime, zone: ZoneInfo, language: str, abroad: bool) -> str:
    name = _JAPAN[language] if zone.key == "Asia/Tokyo" else zone.key
    if language == "ja":
        return f"{text}（{name}、{_offset(when)}）" if abroad else f"{text}（{name}）"
    return f"{text} ({name}, {_offset(when)})" if abroad else f"{text} ({name})"


def _day(moment: date, language: str) -> str:
    weekday = _DAYS[language][moment.weekday()]
    if language == "ja":
        return f"{moment.year}年{moment.month}月{moment.day}日({weekday})"
    return f"{weekday} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _gap(language: str) -> str:
    return " " if language == "ja" else ", "


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _offset(moment: datetime) -> str:
    text = f"{moment:%z}"
    return f"UTC{text[:3]}:{text[3:5]}"
