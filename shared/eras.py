"""Parses days and times as typed in Japan: 19900102, 1990/1/2, 1990年1月2日, H2.1.2, 平成2年1月2日, 令和元年5月1日; in any width.

It also accepts the month in English: 2 Jan 1990, January 2nd, 1990. It rejects 2/1/1990, which is ambiguous.

Times: 9, 14, 9:00, 930, ９：３０, 9時半, 午後2時, 2:30 pm.

Not here: how a day is shown (shared/ui/dates.py).
"""

import re
from datetime import date

from shared.digits import dashed

# First days of the eras (昭和64年1月7日 was the last of Showa); Meiji from the adoption of the Gregorian calendar on.
ERAS = (
    ("R", "令和", date(2019, 5, 1)),
    ("H", "平成", date(1989, 1, 8)),
    ("S", "昭和", date(1926, 12, 25)),
    ("T", "大正", date(1912, 7, 30)),
    ("M", "明治", date(1873, 1, 1)),
)
_FIRST_YEAR = {"令和": 2019, "平成": 1989, "昭和": 1926, "大正": 1912, "明治": 1868}
MOST = 60
"""Letters of the longest day there is."""
_ERA = re.compile(
    r"([RHSTM]|令和|平成|昭和|大正|明治)\s*(元|\d{1,2})(?:[./\-年]\s*)(\d{1,2})(?:[./\-月]\s*)(\d{1,2})日?"
)
_PACKED_ERA = re.compile(r"([RHSTM])(\d\d)(\d\d)(\d\d)")
_WESTERN = re.compile(r"(\d{4})(?:[./\-年]\s*)(\d{1,2})(?:[./\-月]\s*)(\d{1,2})日?")
_PACKED = re.compile(r"(\d{4})(\d\d)(\d\d)")
_DAY_FIRST = re.compile(
    r"(?:(?:MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z]*,? )?(?P<day>\d{1,2})(?:ST|ND|RD|TH)?[ .\-]?(?P<month>[A-Z]{3,9}),?[ .\-]?(?P<year>\d{4})"
)
_MONTH_FIRST = re.compile(r"(?P<month>[A-Z]{3,9})\.? ?(?P<day>\d{1,2})(?:ST|ND|RD|TH)?,? (?P<year>\d{4})")
_MONTHS = (
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
)


_TIME = re.compile(
    r"(?P<half>午前|午後|[AP]\.?M\.?)? ?(?:(?P<bare>\d{1,2})|(?P<hour>\d{1,2}) ?(?:[:.時H] ?)?(?P<minute>\d\d)分?"
    r"|(?P<named>\d{1,2}) ?時(?P<and>半)?) ?(?P<after>[AP]\.?M\.?)?"
)
END_OF_DAY = "24:00"


def typed_time(text: str, ends: bool = False) -> str | None:
    """The typed time as 09:30, or None where it is not a time. `ends`: 24:00 is accepted as the end of a day."""
    found = _TIME.fullmatch(dashed(text).upper()) if len(text) <= MOST else None
    if not found or (found["half"] and found["after"]):
        return None
    hour = int(found["bare"] or found["hour"] or found["named"])
    minute = int(found["minute"] or (30 if found["and"] else 0))
    if half := found["half"] or found["after"]:
        if hour > 12:
            return None
        hour = hour % 12 + (12 if half == "午後" or half.startswith("P") else 0)
    clock = f"{hour:02d}:{minute:02d}"
    return clock if (hour < 24 and minute < 60) or (ends and clock == END_OF_DAY) else None


def typed_day(text: str) -> date | None:
    """The typed day, or None where it is not a day. Years after an era's end are counted on: 平成40年 is 2028."""
    if len(text) > MOST:
        return None
    plain = dashed(text).upper()
    for pattern in (_PACKED, _WESTERN):
        if found := pattern.fullmatch(plain):
            return _day(*(int(part) for part in found.groups()))
    if found := _DAY_FIRST.fullmatch(plain) or _MONTH_FIRST.fullmatch(plain):
        month = next((number for number, name in enumerate(_MONTHS, 1) if name.startswith(found["month"])), 0)
        return _day(int(found["year"]), month, int(found["day"]))
    found = _ERA.fullmatch(plain) or _PACKED_ERA.fullmatch(plain)
    return _of_era(*found.groups()) if found else None


def _of_era(era: str, year: str, month: str, of_month: str) -> date | None:
    for letter, name, first in ERAS:
        if era in (letter, name):
            number = 1 if year == "元" else int(year)
            day = _day(_FIRST_YEAR[name] + number - 1, int(month), int(of_month)) if number else None
            return day if day and day >= first else None
    return None


def in_era(day: date) -> str:
    """The day in its era, 平成2年1月2日; a day before Meiji 6 as 1868年1月1日."""
    for _, name, first in ERAS:
        if day >= first:
            year = day.year - _FIRST_YEAR[name] + 1
            return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"


def _day(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None
