"""Parses birth dates as people type them: whole dates (shared/eras.py), the year alone, and day before month as abroad.

A text may have more than one meaning.
"""

import re
from datetime import date

from services.intake.rules.values import EARLIEST_BIRTH, Unfit, is_birth_year
from shared.digits import MOST, dashed
from shared.eras import typed_day

FIRST_YEARS = {"明治": 1868, "M": 1868, "大正": 1912, "T": 1912, "昭和": 1926, "S": 1926, "平成": 1989, "H": 1989, "令和": 2019, "R": 2019}  # fmt: skip
LAST_YEARS = {1868: 1912, 1912: 1926, 1926: 1989, 1989: 2019, 2019: date.max.year}
SHORT = {"明": "M", "大": "T", "昭": "S", "平": "H", "令": "R"}

_AROUND = re.compile(r"\s*([./\-年月])\s*")
_BETWEEN = re.compile(r"(?<=[\d元])\s+(?=\d)")
_SHORT = re.compile("[明大昭平令](?=[\\d元])")
_BORN = re.compile("日?(生まれ|生)\\Z")
_YEAR = re.compile(r"(\d{4})年?\Z")
_ERA_YEAR = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])\.?(元|\d{1,2})年?\Z")
_ABROAD = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})\Z")


def read(typed: str) -> tuple[str, ...]:
    """Returns the birth dates (ISO) or years a text may mean: none, one, or two where day and month could be swapped."""
    text = _BORN.sub("", dashed(typed).upper()) if len(typed) <= MOST else ""
    text = _SHORT.sub(lambda found: SHORT[found[0]], _BETWEEN.sub("/", _AROUND.sub(r"\1", text)))
    if day := typed_day(text):
        return _taken(day)
    if found := _ABROAD.match(text):
        one, other, year = int(found[1]), int(found[2]), int(found[3])
        return tuple(dict.fromkeys(_date(year, other, one) + _date(year, one, other)))
    year = _year(text)
    return (str(year),) if EARLIEST_BIRTH <= year <= date.max.year else ()


def birth_date(typed: str) -> str:
    """Returns the one date or year a text means, in its stored form; raises Unfit, also where day and month could be swapped."""
    found = read(typed)
    if len(found) != 1 or not is_birth_year(int(found[0][:4])):
        raise Unfit("expected a date such as 1961-04-02, S36.4.2 or 昭和36年4月2日, or a year")
    return found[0]


def _year(text: str) -> int:
    """Returns the year, or 0 if the text is no year."""
    if found := _YEAR.match(text):
        return int(found[1])
    if found := _ERA_YEAR.match(text):
        first = FIRST_YEARS[found[1]]
        year = first + (1 if found[2] == "元" else int(found[2])) - 1
        return year if first <= year <= LAST_YEARS[first] else 0
    return 0


def _date(year: int, month: int, day: int) -> tuple[str, ...]:
    try:
        return _taken(date(year, month, day))
    except ValueError:
        return ()


def _taken(day: date) -> tuple[str, ...]:
    return (day.isoformat(),) if day.year >= EARLIEST_BIRTH else ()
